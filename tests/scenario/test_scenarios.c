#include "steps.h"

#include "core/lines.h"

/*
 * Plays the scenarios of this folder: text that a social worker can read, one step a line.
 * What can be said is the table at the end of steps.h.
 */
static bool
says(struct play *play, const char *pattern, const char *line)
{
    size_t count = 0;

    for (; *pattern != 0; pattern++) {
        if (*pattern != '_') {
            if (*pattern != *line++)
                return false;
            continue;
        }
        size_t len = strcspn(line, pattern[1] == '"' ? "\"" : " ");

        if (len == 0 || len >= WORD)
            return false;
        snprintf(play->words[count++], WORD, "%.*s", (int)len, line);
        line += len;
    }
    return *line == 0;
}

static void
play_line(struct play *play, const char *line)
{
    for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]); i++)
        if (says(play, steps[i].says, line)) {
            steps[i].step(play);
            return;
        }
    fail_msg("this says nothing known");
}

/* The file that is named as the test is. */
static void
plays(void **state)
{
    static struct play play;
    struct why why = { "" };
    struct buffer text;
    struct lines lines;
    struct bytes line;
    char path[WORD], words[2 * WORD];

    snprintf(path, sizeof(path), "tests/scenario/%s.txt", (const char *)*state);
    buffer_init(&text, 64 * 1024);
    expect_ok(file_read(&text, path, &why), &why);
    memset(&play, 0, sizeof(play));
    island_begin(&play.island);
    for (lines = lines_of(buffer_bytes(&text)); lines_next(&lines, &line);) {
        line = bytes_trim(line);
        if (line.len == 0 || line.data[0] == '#')
            continue;
        assert_true(word_copy(words, sizeof(words), line));
        print_message("%s:%u: %s\n", path, lines.number, words);
        play_line(&play, words);
    }
    island_end(&play.island);
    buffer_clear(&text);
}

#define SCENARIO(name)                                                                         \
    {                                                                                          \
        name, plays, NULL, NULL, (void *)(name)                                                \
    }

int
main(void)
{
    const struct CMUnitTest tests[] = {
        SCENARIO("first-contact"),
        SCENARIO("a-school-and-its-pupil"),
        SCENARIO("two-children-are-two"),
        SCENARIO("the-broker-is-away"),
        SCENARIO("dying-at-the-worst-moment"),
        SCENARIO("a-lost-connection"),
        SCENARIO("a-wider-agreement-moves-no-old-message"),
        SCENARIO("the-agreement-has-run-out"),
        SCENARIO("the-signing-key-has-run-out"),
        SCENARIO("the-index-has-fallen-silent"),
        SCENARIO("the-broker-is-on-an-old-disk"),
        SCENARIO("an-agreement-that-does-not-arrive"),
        SCENARIO("a-registry-that-does-not-arrive"),
        SCENARIO("a-clock-that-is-wrong"),
        SCENARIO("the-brokers-clock-is-wrong"),
    };

    return RUN(tests);
}
