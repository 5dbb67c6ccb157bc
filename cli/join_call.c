#include "cli/join_call.h"

#include <string.h>

#include "agent/newcomer.h"
#include "cli/command.h"
#include "core/file.h"
#include "net/link.h"

enum { TICK_MS = 250, PATIENCE_MS = 20 * 1000, UNKNOWN_MS = 3 * 1000 };

struct calling {
    const struct invite *invite;
    struct bytes request;
    const char *folder;
    struct loop *loop;
    struct dialler *dialler;
    struct newcomer *newcomer;
    int64_t began_ms;
    int64_t heard_ms; /* steady: when the broker last answered, or we began */
    bool is_late;     /* the broker has had the time to learn of an invite just made */
    int status;       /* -1: under way */
};

static void
end(struct calling *calling, int status)
{
    calling->status = status;
    loop_stop(calling->loop);
}

static enum sent
post(void *self, struct bytes frame)
{
    struct calling *calling = self;

    return dialler_send(calling->dialler, frame);
}

/* --- What came ------------------------------------------------------------------------------------ */

static int
keep(const struct calling *calling)
{
    struct given_document documents[2];
    char path[FILE_PATH_MAX];
    struct why why = { "" };

    if (path_in(path, calling->folder, "federation", &why))
        return complain(EXIT_FAILED, "%s", why.text);
    if (file_exists(path))
        return EXIT_OK;
    for (int kind = DOCUMENT_REGISTRY; kind <= DOCUMENT_AGREEMENT; kind++)
        newcomer_document(&documents[kind], calling->newcomer, (enum document_kind)kind);
    if (joining_finish(calling->folder, calling->invite, newcomer_trust(calling->newcomer),
                       documents, &why))
        return complain(EXIT_FAILED, "what the broker gave is not taken: %s", why.text);
    return EXIT_OK;
}

/* Once the broker has said JOINED, the keys here are those of the request that it keeps. */
static int
refused(const struct calling *calling)
{
    bool taken = newcomer_trust(calling->newcomer).len > 0;

    return complain(taken ? EXIT_FAILED : EXIT_REFUSED, "the broker: %s",
                    newcomer_words(calling->newcomer));
}

static void
on_event(void *self, enum dial_event event)
{
    struct calling *calling = self;

    if (calling->status >= 0)
        return;
    if (event == DIAL_UP)
        newcomer_ask(calling->newcomer, calling->request);
    else if (event == DIAL_REFUSED && calling->is_late)
        end(calling,
            complain(EXIT_REFUSED,
                     "the broker does not know this invite: it was used and its agency "
                     "admitted, or it was taken back; ask the administrator"));
}

static void
on_frame(void *self, struct bytes frame)
{
    struct calling *calling = self;

    if (calling->status >= 0)
        return;
    calling->heard_ms = loop_monotonic_ms();
    switch (newcomer_hear(calling->newcomer, frame)) {
    case NEWCOMER_UNDERWAY: break;
    case NEWCOMER_DONE: end(calling, keep(calling)); break;
    case NEWCOMER_REFUSED: end(calling, refused(calling)); break;
    }
}

static void
on_drained(void *self)
{
    (void)self;
}

static void
on_tick(void *self)
{
    struct calling *calling = self;

    if (loop_monotonic_ms() - calling->began_ms > UNKNOWN_MS)
        calling->is_late = true;
    if (calling->status < 0 && loop_monotonic_ms() - calling->heard_ms > PATIENCE_MS)
        end(calling, complain(EXIT_OUT_OF_REACH, "the broker does not answer at %s",
                              calling->invite->endpoint));
}

/* --- Calling -------------------------------------------------------------------------------------- */

static enum err
dial(struct calling *calling, struct why *why)
{
    struct dialler_options options = { .endpoint = calling->invite->endpoint,
                                       .frame_max = FRAME_MAX };
    enum err err;

    memcpy(options.broker.bytes, calling->invite->broker.bytes, 32);
    memcpy(options.secret.bytes, calling->invite->secret.bytes, 32);
    err = dialler_open(&calling->dialler, calling->loop, &options, why);
    wipe(&options.secret, sizeof(options.secret));
    if (err == ERR_OK)
        dialler_on(calling->dialler, on_event, on_frame, on_drained, calling);
    return err;
}

int
join_call(const struct invite *invite, struct bytes request, const char *folder)
{
    struct calling calling = {
        .invite = invite, .request = request, .folder = folder, .status = -1
    };
    const struct newcomer_outbox outbox = { post, &calling };
    struct why why = { "" };

    calling.loop = loop_new();
    calling.newcomer = newcomer_new(&outbox);
    calling.began_ms = calling.heard_ms = loop_monotonic_ms();
    if (dial(&calling, &why)) {
        calling.status = complain(EXIT_FAILED, "%s", why.text);
    } else {
        loop_every(calling.loop, TICK_MS, on_tick, &calling);
        loop_run(calling.loop);
    }
    dialler_close(&calling.dialler);
    newcomer_free(&calling.newcomer);
    loop_free(&calling.loop);
    return calling.status >= 0 ? calling.status : EXIT_FAILED;
}
