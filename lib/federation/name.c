#include "federation/name.h"

#include "core/lines.h"

bool
name_is_valid(struct bytes name)
{
    uint8_t before = '-';

    if (name.len == 0 || name.len > NAME_MAX_LEN)
        return false;
    for (size_t i = 0; i < name.len; i++) {
        uint8_t c = name.data[i];
        bool letter = c >= 'a' && c <= 'z', digit = c >= '0' && c <= '9';

        if (!letter && (i == 0 || !(digit || (c == '-' && before != '-'))))
            return false;
        before = c;
    }
    return before != '-';
}

bool
name_copy(char copy[NAME_MAX_LEN + 1], struct bytes name)
{
    return name_is_valid(name) && word_copy(copy, NAME_MAX_LEN + 1, name);
}
