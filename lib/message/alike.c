#include "message/alike.h"

#include <stdint.h>
#include <string.h>

#include "core/text.h"

enum { WORD_MAX = 64 };

/* U+00C0 to U+017F without their accents; '-' where there is no letter to fall back to. */
static const char unaccented[] =
    "aaaaaaaceeeeiiiidnooooo-ouuuuytsaaaaaaaceeeeiiiidnooooo-ouuuuyty"
    "aaaaaaccccccccddddeeeeeeeeeegggggggghhhhiiiiiiiiiiiijjkkklllllll"
    "lllnnnnnnnnnoooooooorrrrrrssssssssttttttuuuuuuuuuuuuwwyyyzzzzzzs";

/* The letter to compare, 0 when it ends a word; beyond Latin a letter is itself. */
static uint32_t
plain_letter(uint32_t letter)
{
    if (letter >= 'A' && letter <= 'Z')
        return letter - 'A' + 'a';
    if (letter >= 0xc0 && letter <= 0x17f)
        return (uint32_t)unaccented[letter - 0xc0];
    return letter <= ' ' || letter == '-' ? 0 : letter;
}

static bool
is_skipped(uint32_t letter)
{
    return letter == '\'' || letter == 0x2019 || letter == '.';
}

/* Takes the next word off the name. */
static size_t
next_word(struct bytes *name, uint32_t word[WORD_MAX])
{
    size_t count = 0, len;

    while (name->len > 0) {
        uint32_t letter = utf8_next(*name, &len);

        *name = bytes_from(*name, len > 0 ? len : 1);
        if (is_skipped(letter))
            continue;
        letter = plain_letter(letter);
        if (letter == 0 && count > 0)
            break;
        if (letter != 0 && count < WORD_MAX)
            word[count++] = letter;
    }
    return count;
}

static bool
has_word(const char *name, const uint32_t *word, size_t len)
{
    struct bytes rest = bytes_of_text(name);
    uint32_t other[WORD_MAX];
    size_t other_len;

    while ((other_len = next_word(&rest, other)) > 0)
        if (other_len == len && memcmp(other, word, len * sizeof(word[0])) == 0)
            return true;
    return false;
}

/* Words that are in too many names to tell anything. */
static bool
is_particle(const uint32_t *word, size_t len)
{
    static const char particles[] = " da das de del di do dos du e la le van von y ";
    char text[8] = " ";

    if (len > 3)
        return false;
    for (size_t i = 0; i < len; i++)
        text[i + 1] = word[i] < 0x80 ? (char)word[i] : '?';
    text[len + 1] = ' ';
    return strstr(particles, text) != NULL;
}

bool
names_alike(const char *a, const char *b)
{
    struct bytes rest = bytes_of_text(a);
    uint32_t word[WORD_MAX];
    size_t len, words = 0;

    for (; (len = next_word(&rest, word)) > 0; words++)
        if ((!is_particle(word, len) || (words == 0 && rest.len == 0))
            && has_word(b, word, len))
            return true;
    return words == 0;
}

bool
initial_alike(const char *initial, const char *name)
{
    struct bytes rest = bytes_of_text(name), first = bytes_of_text(initial);
    uint32_t word[WORD_MAX], letter[WORD_MAX];

    if (next_word(&first, letter) == 0)
        return true;
    while (next_word(&rest, word) > 0)
        if (word[0] == letter[0])
            return true;
    return false;
}
