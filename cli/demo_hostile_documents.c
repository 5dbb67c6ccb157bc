#include "cli/demo_offer.h"

#include <dirent.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "cli/demo_folder.h"
#include "core/file.h"

/* --- Where MASH's agent reads ---------------------------------------------------------------- */

/* Its folder, what it will find there instead, and where its own waits meanwhile. */
struct swap {
    char own[FILE_PATH_MAX], other[FILE_PATH_MAX], aside[FILE_PATH_MAX];
};

static void
swap_name(struct swap *swap, const struct attacker *attacker)
{
    static const char format[] = "%s/agencies/mash/federation%s";
    const char *folder = attacker->demo->folder;

    snprintf(swap->own, sizeof(swap->own), format, folder, "");
    snprintf(swap->other, sizeof(swap->other), format, folder, ".other");
    snprintf(swap->aside, sizeof(swap->aside), format, folder, ".aside");
}

static void
remove_signatures(const char *folder)
{
    char path[FILE_PATH_MAX];
    struct dirent *entry;
    DIR *listing = opendir(folder);

    while (listing != NULL && (entry = readdir(listing)) != NULL)
        if (document_is_signature(entry->d_name, DOCUMENT_REGISTRY)
            && path_in(path, folder, entry->d_name, NULL) == ERR_OK)
            unlink(path);
    if (listing != NULL)
        closedir(listing);
}

static enum err
put_offer(const struct swap *swap, const struct offer *offer, struct why *why)
{
    char path[FILE_PATH_MAX], name[64];
    enum err err;

    if ((err = folder_copy(swap->own, swap->other, why)))
        return err;
    remove_signatures(swap->other);
    for (size_t i = 0; i < OFFER_SIGNATURES && err == ERR_OK; i++) {
        snprintf(name, sizeof(name), "registry.offered-%zu.minisig", i + 1);
        if ((err = path_in(path, swap->other, name, why)) == ERR_OK)
            err = file_write(path, buffer_bytes(&offer->minisigs[i]), 0644, why);
    }
    if (err == ERR_OK && (err = path_in(path, swap->other, "registry", why)) == ERR_OK)
        err = file_write(path, buffer_bytes(&offer->text), 0644, why);
    return err;
}

static enum err
move(const char *from, const char *to, struct why *why)
{
    return rename(from, to) == 0 ? ERR_OK
                                 : because(why, ERR_IO, "%s cannot be renamed to %s", from, to);
}

static void
mash_reads_again(const struct attacker *attacker)
{
    const struct scenario *scenario = attacker->demo->scenario;

    for (size_t i = 0; i < scenario->agency_count; i++)
        if (strcmp(scenario->agencies[i], "mash") == 0)
            kill(attacker->demo->agents[i].pid, SIGHUP);
}

/* --- The attempts ---------------------------------------------------------------------------- */

struct document_attempt {
    const char *tried;
    enum err (*make)(struct offer *offer, const struct attacker *attacker);
    const char *refusal; /* words that must be in it */
};

static const struct document_attempt attempts[] = {
    { "The next registry, signed by two who may sign agreements", offer_by_policy_signers,
      "signed by 0 of the 2 signers needed; key " },
    { "The agreement itself, with its own good signatures", offer_the_agreement,
      "this is an agreement, where a registry belongs" },
    { "The next registry, signed by the right two in minisign's old format",
      offer_in_legacy_format, "a signature in minisign's legacy format" },
    { "The registry of before Harbour Surgery joined, signed by the right two",
      offer_an_earlier_one, "ROLLBACK: version " },
};

/* It finds the offer there, and is asked what it says of it. */
static enum err
have_it_read(struct attacker *attacker, const struct document_attempt *attempt,
             const struct swap *swap, struct why *why)
{
    struct why words = { "no: it takes it" };
    bool refused;
    enum err err;

    if ((err = move(swap->own, swap->aside, why)) || (err = move(swap->other, swap->own, why)))
        return err;
    mash_reads_again(attacker);
    refused = await_not_reloaded(attacker, "mash", true, &words);
    expect(attacker->demo, refused && strstr(words.text, attempt->refusal) != NULL, "%s: %s",
           attempt->tried, without_file(words.text));
    return ERR_OK;
}

static enum err
put_own_back(const struct attacker *attacker, const struct swap *swap, struct why *why)
{
    enum err err;

    if ((err = move(swap->own, swap->other, why)) || (err = move(swap->aside, swap->own, why)))
        return err;
    folder_remove(swap->other);
    mash_reads_again(attacker);
    return await_not_reloaded(attacker, "mash", false, NULL)
               ? ERR_OK
               : because(why, ERR_IO, "MASH's agent does not read its own registry again");
}

static enum err
try_document(struct attacker *attacker, const struct document_attempt *attempt, struct why *why)
{
    struct offer offer;
    struct swap swap;
    enum err err;

    offer_init(&offer);
    swap_name(&swap, attacker);
    if ((err = attempt->make(&offer, attacker)))
        because(why, err, "%s: cannot be made: %s", attempt->tried, err_text(err));
    else if ((err = put_offer(&swap, &offer, why)) == ERR_OK
             && (err = have_it_read(attacker, attempt, &swap, why)) == ERR_OK)
        err = put_own_back(attacker, &swap, why);
    offer_clear(&offer);
    return err;
}

enum err
attack_with_documents(struct attacker *attacker, struct why *why)
{
    enum err err = ERR_OK;

    say(attacker->demo,
        "  put where MASH's agent reads the registry, and what it says to it:\n");
    for (size_t i = 0; i < sizeof(attempts) / sizeof(attempts[0]) && err == ERR_OK; i++)
        err = try_document(attacker, &attempts[i], why);
    return err;
}
