#include "federation/join.h"

#include <string.h>

#include "core/lines.h"

#define LABEL_JOIN "kith1.sig.join"

enum { LABEL = 16, KEY_TEXT = 64, SIGNATURE_TEXT = 96 };

/* --- Writing ------------------------------------------------------------------------------- */

static void
write_key(struct buffer *out, const char *name, const uint8_t key[32])
{
    char text[KEY_TEXT];

    base64_write(text, key, 32);
    buffer_print(out, "%s %s\n", name, text);
}

/* All but the last line. */
static void
write_body(struct buffer *out, const struct join_request *request)
{
    buffer_print(out, "kith join %s agency %u %s\n", request->federation,
                 (unsigned)request->number, request->agency);
    write_key(out, "invite", request->invite.bytes);
    write_key(out, "transport", request->transport.bytes);
    write_key(out, "signing", request->signing.bytes);
    intake_file_add(out, &request->intake);
}

static void
begin_signed(struct buffer *text)
{
    static const uint8_t label[LABEL] = LABEL_JOIN;

    buffer_init(text, LABEL + JOIN_MAX);
    buffer_add(text, label, LABEL);
}

void
join_write(struct buffer *out, const struct join_request *request,
           const struct sign_secret *signing)
{
    struct signature signature;
    char text[SIGNATURE_TEXT];
    struct buffer body;

    begin_signed(&body);
    write_body(&body, request);
    sign(&signature, buffer_bytes(&body), signing);
    base64_write(text, signature.bytes, sizeof(signature.bytes));
    buffer_add_bytes(out, bytes_from(buffer_bytes(&body), LABEL));
    buffer_print(out, "signed %s\n", text);
    buffer_clear(&body);
}

/* --- Reading ------------------------------------------------------------------------------- */

static bool
read_key(uint8_t *key, size_t len, const char *name, struct bytes line)
{
    struct bytes word[2];

    return words_of(line, word, 2) == 2 && word_is(word[0], name)
           && base64_read(key, len, (const char *)word[1].data, word[1].len);
}

static bool
read_first(struct join_request *request, struct bytes line)
{
    struct bytes word[6];
    uint64_t number;

    if (words_of(line, word, 6) != 6 || !word_is(word[0], "kith") || !word_is(word[1], "join")
        || !word_is(word[3], "agency") || !word_number(&number, word[4], UINT32_MAX))
        return false;
    request->number = (uint32_t)number;
    return name_copy(request->federation, word[2]) && name_copy(request->agency, word[5]);
}

static bool
parse(struct join_request *request, struct signature *signature, struct bytes text)
{
    struct lines lines = lines_of(text);
    struct bytes line[6], more;

    for (size_t i = 0; i < 6; i++)
        if (!lines_next(&lines, &line[i]))
            return false;
    return !lines_next(&lines, &more) && read_first(request, line[0])
           && read_key(request->invite.bytes, 32, "invite", line[1])
           && read_key(request->transport.bytes, 32, "transport", line[2])
           && read_key(request->signing.bytes, 32, "signing", line[3])
           && intake_line_read(&request->intake, line[4])
           && read_key(signature->bytes, sizeof(signature->bytes), "signed", line[5]);
}

/* The text before the last line is as we write it, and that is what is signed. */
static bool
is_signed(const struct join_request *request, const struct signature *signature,
          struct bytes text)
{
    char written[SIGNATURE_TEXT];
    struct buffer body;
    struct bytes once;
    bool holds;

    begin_signed(&body);
    write_body(&body, request);
    holds = sign_verify(signature, buffer_bytes(&body), &request->signing);
    base64_write(written, signature->bytes, sizeof(signature->bytes));
    buffer_print(&body, "signed %s\n", written);
    once = bytes_from(buffer_bytes(&body), LABEL);
    holds = holds && bytes_equal(once, text);
    buffer_clear(&body);
    return holds;
}

enum err
join_read(struct join_request *request, struct bytes text, struct why *why)
{
    struct join_request read = { 0 };
    struct signature signature;

    if (text.len > JOIN_MAX)
        return because(why, ERR_TOO_BIG, "longer than %d bytes", JOIN_MAX);
    if (!parse(&read, &signature, text))
        return because(why, ERR_MALFORMED, "not a request to join as Kith writes it");
    if (!is_signed(&read, &signature, text))
        return because(why, ERR_FORGED,
                       "the request is not signed by the signing key that it names");
    if (read.intake.agency != read.number || read.intake.signing_key != 1
        || !intake_verify(&read.intake, &read.signing))
        return because(why, ERR_FORGED,
                       "its intake key is not signed by the signing key that it names");
    *request = read;
    return ERR_OK;
}
