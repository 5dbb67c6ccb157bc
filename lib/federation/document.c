#include "federation/document.h"

#include <string.h>

#include "core/lines.h"
#include "federation/name.h"

enum { LINE_MAX_LEN = 256 };

static const char *const kind_names[] = { "registry", "agreement" };
static const char *const kind_articles[] = { "a registry", "an agreement" };

/* --- The first line ---------------------------------------------------------------- */

static bool
kind_read(enum document_kind *kind, struct bytes word, bool commented)
{
    *kind = commented ? DOCUMENT_AGREEMENT : DOCUMENT_REGISTRY;
    return word_is(word, kind_names[*kind]);
}

static bool
digest_read(uint8_t digest[DIGEST], struct bytes word)
{
    char hex[2 * DIGEST + 1];

    return word_copy(hex, sizeof(hex), word) && hex_read(digest, DIGEST, hex);
}

static bool
line_parse(struct document_line *line, struct bytes text)
{
    static const uint8_t nothing[DIGEST];
    struct bytes words[8], *word = words;
    size_t count = words_of(text, words, 8);
    bool commented = count == 8 && word_is(words[0], "#");
    uint64_t version;

    if (count != 7 && !commented)
        return false;
    word += commented;
    if (!word_is(word[0], "kith") || !kind_read(&line->kind, word[1], commented)
        || !name_copy(line->federation, word[2]) || !word_is(word[3], "version")
        || !word_number(&version, word[4], UINT32_MAX) || !word_is(word[5], "replacing")
        || !digest_read(line->replaces, word[6]))
        return false;
    line->version = (uint32_t)version;
    return version > 0 && (version == 1) == (memcmp(line->replaces, nothing, DIGEST) == 0);
}

/* There is one way to write a line, so that nobody can read it in two. */
static bool
is_as_written(const struct document_line *line, struct bytes text)
{
    struct buffer again;
    bool same;

    buffer_init(&again, LINE_MAX_LEN);
    document_line_write(&again, line);
    same = again.len > 0
           && bytes_equal(bytes_of(again.data, again.len - 1), bytes_of(text.data, text.len));
    buffer_clear(&again);
    return same;
}

enum err
document_line_read(struct document_line *line, struct bytes document, struct why *why)
{
    struct lines lines = lines_of(document);
    struct document_line read;
    struct bytes text;

    if (!lines_next(&lines, &text) || text.len > LINE_MAX_LEN || !line_parse(&read, text)
        || !is_as_written(&read, text))
        return because(why, ERR_MALFORMED,
                       "line 1: not 'kith registry FEDERATION version N replacing HASH', nor "
                       "'# kith agreement ...' in the same form");
    *line = read;
    return ERR_OK;
}

void
document_line_write(struct buffer *out, const struct document_line *line)
{
    char hex[2 * DIGEST + 1];

    hex_write(hex, line->replaces, DIGEST);
    buffer_print(out, "%skith %s %s version %u replacing %s\n",
                 line->kind == DOCUMENT_AGREEMENT ? "# " : "", kind_names[line->kind],
                 line->federation, (unsigned)line->version, hex);
}

void
document_digest(uint8_t digest[DIGEST], enum document_kind kind, struct bytes document)
{
    hash_of(digest, DIGEST, kind == DOCUMENT_AGREEMENT ? "kith1.policy" : "kith1.registry",
            NULL, document);
}

/* --- Signatures --------------------------------------------------------------------- */

/* Signatures counted so far, and what is to be said of those that were not. */
struct tally {
    bool signed_by[SIGNERS_MAX];
    uint32_t count;
    struct buffer *remarks;
};

static void
remark(struct tally *tally, const uint8_t key_id[8], const char *what)
{
    buffer_print(tally->remarks, "; key %016llX: %s", (unsigned long long)get_le64(key_id),
                 what);
}

static const struct minisign_public *
find_signer(const struct signers *signers, const uint8_t key_id[8], size_t *place)
{
    for (*place = 0; *place < signers->count; (*place)++)
        if (memcmp(signers->keys[*place].key_id, key_id, 8) == 0)
            return &signers->keys[*place];
    return NULL;
}

static void
count_signature(struct tally *tally, struct bytes document, struct bytes minisig,
                const struct signers *signers)
{
    const struct minisign_public *signer;
    struct why why = { "" };
    uint8_t key_id[8];
    size_t place;

    if (minisig_key_id(key_id, minisig)) {
        buffer_add_text(tally->remarks, "; one is not a minisign signature");
        return;
    }
    signer = find_signer(signers, key_id, &place);
    if (signer == NULL)
        remark(tally, key_id, "not one of the signers");
    else if (minisig_verify(minisig, document, signer, &why))
        remark(tally, key_id, why.text[0] != 0 ? why.text : "the signature does not hold");
    else if (tally->signed_by[place])
        remark(tally, key_id, "signed twice, counts once");
    else {
        tally->signed_by[place] = true;
        tally->count++;
    }
}

uint32_t
signers_counted(struct bytes document, const struct bytes *minisigs, size_t count,
                const struct signers *signers, struct buffer *remarks)
{
    struct tally tally = { .remarks = remarks };

    for (size_t i = 0; i < count; i++)
        count_signature(&tally, document, minisigs[i], signers);
    return tally.count;
}

static enum err
verify_signatures(struct bytes document, const struct bytes *minisigs, size_t count,
                  const struct signers *signers, struct why *why)
{
    struct buffer remarks;
    uint32_t signed_by;
    enum err err = ERR_OK;

    buffer_init(&remarks, REMARKS_MAX);
    signed_by = signers_counted(document, minisigs, count, signers, &remarks);
    if (signers->needed == 0 || signed_by < signers->needed)
        err = because(why, ERR_FORGED, "signed by %u of the %u signers needed%s",
                      (unsigned)signed_by, (unsigned)signers->needed, buffer_text(&remarks));
    buffer_clear(&remarks);
    return err;
}

enum err
document_verify(struct bytes document, enum document_kind kind, const char *federation,
                const struct bytes *minisigs, size_t count, const struct signers *signers,
                struct document_line *line, struct why *why)
{
    struct document_line read;
    enum err err;

    if ((err = document_line_read(&read, document, why)))
        return err;
    if (read.kind != kind)
        return because(why, ERR_REFUSED, "this is %s, where %s belongs",
                       kind_articles[read.kind], kind_articles[kind]);
    if (strcmp(read.federation, federation) != 0)
        return because(why, ERR_REFUSED, "of the federation '%s', not '%s'", read.federation,
                       federation);
    if ((err = verify_signatures(document, minisigs, count, signers, why)))
        return err;
    *line = read;
    return ERR_OK;
}
