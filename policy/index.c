#include "policy/index.h"

#include <stdlib.h>
#include <string.h>

#include "core/mem.h"

static int
by_name(const void *a, const void *b)
{
    const struct index_entry *one = a, *other = b;
    int order = strcmp(one->name, other->name);

    return order != 0 ? order : one->number - other->number;
}

void
index_build(struct index *index, size_t count, const char *(*at)(const void *list, size_t i),
            const void *list)
{
    index->list = mem_array(count, sizeof(*index->list));
    index->count = count;
    for (size_t i = 0; i < count; i++)
        index->list[i] = (struct index_entry){ at(list, i), (int)i };
    qsort(index->list, count, sizeof(*index->list), by_name);
}

void
index_clear(struct index *index)
{
    free(index->list);
    *index = (struct index){ 0 };
}

int
index_find(const struct index *index, const char *name)
{
    size_t low = 0, high = index->count;

    while (low < high) {
        size_t middle = low + (high - low) / 2;

        if (strcmp(index->list[middle].name, name) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    if (low == index->count || strcmp(index->list[low].name, name) != 0)
        return -1;
    return index->list[low].number;
}
