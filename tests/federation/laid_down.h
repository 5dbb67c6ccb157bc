#ifndef KITH_TESTS_FEDERATION_LAID_DOWN_H
#define KITH_TESTS_FEDERATION_LAID_DOWN_H

#include "people.h"

#include <unistd.h>

#include "core/file.h"
#include "federation/directory.h"
#include "federation/make.h"

/* A federation in a folder of its own, of bare keys, with two agencies: mash (100) and
   police (101). */
struct laid_down {
    char folder[64];
    struct offline offline;
};

static inline void
shell(const char *format, ...)
{
    char command[4096];
    va_list args;

    va_start(args, format);
    vsnprintf(command, sizeof(command), format, args);
    va_end(args);
    assert_int_equal(pclose(popen(command, "w")), 0);
}

static inline void
expect_ok(enum err err, const struct why *why)
{
    if (err != ERR_OK)
        fail_msg("%s: %s", err_text(err), why->text);
}

static inline void
lay_down(struct laid_down *laid)
{
    struct make_options options = {
        .folder = laid->folder,
        .federation = "jersey",
        .agreement = bytes_of_text("agreement \"A\"\nversion 1\n"),
        .now = at(NOON),
    };
    struct why why = { "" };
    uint32_t number;

    snprintf(laid->folder, sizeof(laid->folder), "/tmp/kith-federation-XXXXXX");
    assert_non_null(mkdtemp(laid->folder));
    laid->offline = (struct offline){ .folder = laid->folder };
    expect_ok(federation_make(&options, &why), &why);
    expect_ok(federation_add_agency(&laid->offline,
                                    &(struct new_agency){ .name = "mash", .now = at(NOON) },
                                    &number, &why),
              &why);
    expect_ok(federation_add_agency(&laid->offline,
                                    &(struct new_agency){ .name = "police", .now = at(NOON) },
                                    &number, &why),
              &why);
}

static inline void
take_up(struct laid_down *laid)
{
    shell("rm -rf %s", laid->folder);
}

static inline enum err
load_against(struct federation **federation, const struct laid_down *laid,
             const struct federation *current, struct why *why)
{
    char folder[FILE_PATH_MAX];

    assert_ok(path_in(folder, laid->folder, "federation", NULL));
    return federation_load(federation, folder, current, 0, 0, why);
}

static inline struct federation *
load(const struct laid_down *laid)
{
    struct federation *federation = NULL;
    struct why why = { "" };

    expect_ok(load_against(&federation, laid, NULL, &why), &why);
    return federation;
}

#endif
