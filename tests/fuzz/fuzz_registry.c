#include <stdlib.h>
#include <string.h>

#include "federation/intake.h"
#include "federation/registry.h"
#include "federation/suspension.h"

/*
 * The texts of a federation, as anybody may hand them to us: the first byte says which
 * reader.  What is read is written, read again, and written the same.
 */
enum { AS_REGISTRY, AS_TRUST, AS_INTAKE, AS_SUSPENSION, AS_LIFT, READERS };

static void
expect_same(struct buffer *once, struct buffer *twice)
{
    if (!bytes_equal(buffer_bytes(once), buffer_bytes(twice)))
        abort();
    buffer_clear(once);
    buffer_clear(twice);
}

static void
read_registry(struct bytes input)
{
    struct registry *registry, *again;
    struct buffer once, twice;
    struct why why;

    if (registry_read(&registry, input, &why))
        return;
    buffer_init(&once, 2 * REGISTRY_MAX);
    buffer_init(&twice, 2 * REGISTRY_MAX);
    registry_write(&once, registry);
    if (registry_read(&again, buffer_bytes(&once), &why)
        || registry_keeps_history(again, registry, &why))
        abort();
    registry_write(&twice, again);
    registry_free(&registry);
    registry_free(&again);
    expect_same(&once, &twice);
}

static void
read_trust(struct bytes input)
{
    struct buffer once, twice;
    struct trust trust, again;
    struct why why;

    if (trust_read(&trust, input, &why))
        return;
    buffer_init(&once, 64 * 1024);
    buffer_init(&twice, 64 * 1024);
    trust_write(&once, &trust);
    if (trust_read(&again, buffer_bytes(&once), &why))
        abort();
    trust_write(&twice, &again);
    expect_same(&once, &twice);
}

/* There is one form of it only. */
static void
read_intake(struct bytes input)
{
    struct intake_key keys[INTAKE_KEYS_MAX];
    struct buffer again;
    struct why why;
    size_t count;

    if (intake_file_read(keys, &count, input, &why))
        return;
    buffer_init(&again, INTAKE_FILE_MAX + 1);
    for (size_t i = 0; i < count; i++)
        intake_file_add(&again, &keys[i]);
    if (!bytes_start_with(buffer_bytes(&again), input))
        abort();
    buffer_clear(&again);
}

static void
is_as_written(struct buffer *again, struct bytes input)
{
    if (!bytes_equal(buffer_bytes(again), input))
        abort();
    buffer_clear(again);
}

static void
read_suspension(struct bytes input)
{
    struct suspension suspension;
    struct document_line line;
    struct buffer again;
    struct why why;

    if (suspension_read(&suspension, input, &why))
        return;
    if (document_line_read(&line, input, &why) == ERR_OK)
        abort(); /* it would be two documents */
    buffer_init(&again, 2 * SUSPENSION_MAX);
    suspension_write(&again, &suspension);
    is_as_written(&again, input);
}

static void
read_lift(struct bytes input)
{
    struct suspension suspension;
    struct buffer again;
    struct lift lift;
    struct why why;

    if (lift_read(&lift, input, &why))
        return;
    if (suspension_read(&suspension, input, &why) == ERR_OK)
        abort();
    buffer_init(&again, 2 * SUSPENSION_MAX);
    lift_write(&again, &lift);
    is_as_written(&again, input);
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
    case AS_REGISTRY: read_registry(input); break;
    case AS_TRUST: read_trust(input); break;
    case AS_SUSPENSION: read_suspension(input); break;
    case AS_LIFT: read_lift(input); break;
    default: read_intake(input); break;
    }
    return 0;
}
