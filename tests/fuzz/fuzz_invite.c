#include <stdlib.h>

#include "federation/invite.h"
#include "federation/invites.h"

/*
 * What somebody types or sends in order to join: the first byte says which reader.  One puts
 * the checksum right, or the fuzzer would never get beyond it.  A line that is read is
 * written, read again, and written the same.
 */
enum { AS_LINE, AS_PACKED, AS_REQUEST, AS_WORDS, READERS };

static void
read_line(struct bytes input)
{
    struct invite invite, again;
    struct buffer once, twice;
    struct why why;

    if (invite_read(&invite, input, &why))
        return;
    buffer_init(&once, INVITE_LINE_MAX);
    buffer_init(&twice, INVITE_LINE_MAX);
    invite_write(&once, &invite);
    if (!buffer_is_whole(&once) || invite_read(&again, buffer_bytes(&once), &why))
        abort();
    invite_write(&twice, &again);
    if (!bytes_equal(buffer_bytes(&once), buffer_bytes(&twice)))
        abort();
    buffer_clear(&once);
    buffer_clear(&twice);
}

/* The input is what is packed, without its checksum. */
static void
read_packed(struct bytes input)
{
    char text[INVITE_LINE_MAX];
    uint8_t packed[512], digest[16];
    struct buffer line;

    if (input.len > sizeof(packed) - 4)
        return;
    hash_of(digest, sizeof(digest), "kith1.invite", NULL, input);
    put_bytes(put_bytes(packed, input.data, input.len), digest, 4);
    base64url_write(text, packed, input.len + 4);
    buffer_init(&line, 2 * INVITE_LINE_MAX);
    buffer_print(&line, "kith1:%s", text);
    read_line(buffer_bytes(&line));
    buffer_clear(&line);
}

/* A signature is not guessed: this looks for crashes. */
static void
read_request(struct bytes input)
{
    struct join_request request;
    struct why why;

    if (join_read(&request, input, &why) == ERR_OK && request.intake.agency != request.number)
        abort();
}

static void
read_words(struct bytes input)
{
    const char *words = "opera maple indigo glove jacket lagoon";
    struct buffer typed;

    buffer_init(&typed, 1 << 20);
    buffer_add_bytes(&typed, input);
    if (join_words_match(words, buffer_text(&typed)) && input.len < 38)
        abort();
    buffer_clear(&typed);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static bool started;

    if (!started && !(started = crypto_start()))
        abort();
    if (size == 0)
        return 0;

    struct bytes input = bytes_of(data + 1, size - 1);

    switch (data[0] % READERS) {
    case AS_LINE: read_line(input); break;
    case AS_PACKED: read_packed(input); break;
    case AS_REQUEST: read_request(input); break;
    default: read_words(input); break;
    }
    return 0;
}
