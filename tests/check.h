#ifndef KITH_TESTS_CHECK_H
#define KITH_TESTS_CHECK_H

/* What every test includes: cmocka and what it needs before it, and a few helpers. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/bytes.h"
#include "core/err.h"

#define assert_ok(expression) assert_string_equal(err_text(expression), "ok")

#define assert_err(expression, expected)                                                       \
    assert_string_equal(err_text(expression), err_text(expected))

#define assert_bytes(actual, expected)                                                         \
    do {                                                                                       \
        struct bytes actual_ = (actual), expected_ = (expected);                               \
                                                                                               \
        assert_int_equal(actual_.len, expected_.len);                                          \
        if (expected_.len > 0)                                                                 \
            assert_memory_equal(actual_.data, expected_.data, expected_.len);                  \
    } while (0)

/* The text holds the words. */
#define assert_says(text, words)                                                               \
    do {                                                                                       \
        if (strstr((text), (words)) == NULL)                                                   \
            fail_msg("\"%s\" does not say \"%s\"", (text), (words));                           \
    } while (0)

#define RUN(tests) cmocka_run_group_tests_name("", tests, NULL, NULL)

#endif
