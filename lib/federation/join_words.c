#include <string.h>

#include "crypto/hash.h"
#include "federation/join.h"

enum { WORDS = 256, SIX = 6, ROUNDS = 65536, WORD_MAX = SIX_WORDS_MAX / SIX - 1 };

/* Short, plain, and no two of them a letter apart. */
// clang-format off
static const char *const list[WORDS] = {
    "acid", "acorn", "actor", "amber", "angle", "apple", "april", "apron",
    "arrow", "attic", "autumn", "badge", "bagel", "baker", "bamboo", "banjo",
    "barley", "barn", "barrel", "basin", "basket", "beach", "beaver", "berry",
    "biscuit", "bishop", "blanket", "blossom", "bottle", "branch", "brick", "bridge",
    "bronze", "bucket", "butter", "button", "cabin", "cactus", "camel", "candle",
    "canoe", "carbon", "cargo", "carpet", "carrot", "castle", "cedar", "cellar",
    "chalk", "cherry", "chimney", "circus", "clover", "cobweb", "coffee", "comet",
    "compass", "copper", "coral", "cotton", "cousin", "crayon", "cricket", "crystal",
    "cuckoo", "curtain", "cushion", "daisy", "dancer", "denim", "desert", "diamond",
    "dinner", "doctor", "dolphin", "donkey", "dragon", "drawer", "eagle", "early",
    "easel", "echo", "elbow", "engine", "envoy", "eyelid", "fabric", "falcon",
    "family", "feather", "fence", "fiddle", "fiesta", "flannel", "forest", "fossil",
    "frost", "galaxy", "garden", "garlic", "gecko", "gentle", "giant", "ginger",
    "giraffe", "glacier", "glove", "goblin", "gravel", "guitar", "hammer", "harbour",
    "harp", "harvest", "hazel", "hedge", "helmet", "heron", "hockey", "honey",
    "hotel", "icicle", "igloo", "indigo", "insect", "island", "ivory", "jacket",
    "jaguar", "jelly", "jigsaw", "jungle", "kayak", "kelp", "kennel", "kettle",
    "kimono", "kitchen", "kiwi", "ladder", "lagoon", "lantern", "laptop", "lemon",
    "leopard", "letter", "lilac", "lobster", "locker", "lunch", "magnet", "magpie",
    "mango", "maple", "marble", "meadow", "melon", "menu", "mirror", "mitten",
    "mosaic", "motor", "muffin", "museum", "napkin", "nectar", "needle", "nephew",
    "nickel", "noodle", "nugget", "nutmeg", "oasis", "ocean", "olive", "onion",
    "opera", "orange", "orbit", "orchid", "otter", "oxygen", "oyster", "paddle",
    "palace", "panda", "paper", "pasta", "pebble", "pencil", "pepper", "piano",
    "pigeon", "pillow", "pirate", "planet", "pocket", "pony", "potato", "prairie",
    "pumpkin", "puzzle", "pylon", "quarry", "quilt", "rabbit", "radio", "raisin",
    "raven", "ribbon", "river", "robin", "salmon", "sandal", "saucer", "school",
    "scooter", "shadow", "shovel", "silver", "soda", "spider", "sponge", "spoon",
    "squid", "summit", "sunset", "table", "tartan", "teapot", "temple", "thimble",
    "tiger", "tomato", "tonic", "trumpet", "tulip", "tunnel", "turtle", "urchin",
    "valley", "vanilla", "velvet", "violin", "volcano", "waffle", "walnut", "walrus",
    "whisper", "window", "winter", "wizard", "yellow", "yogurt", "zebra", "zigzag",
};
// clang-format on

static void
add_text(struct hash *hash, const char *text)
{
    uint8_t len = (uint8_t)strlen(text);

    hash_add(hash, &len, sizeof(len));
    hash_add(hash, text, len);
}

static void
fingerprint(uint8_t digest[DIGEST], const struct join_request *request)
{
    struct hash hash;

    hash_begin(&hash, DIGEST, "kith1.words", NULL);
    add_text(&hash, request->federation);
    add_text(&hash, request->agency);
    hash_add(&hash, request->transport.bytes, sizeof(request->transport.bytes));
    hash_add(&hash, request->signing.bytes, sizeof(request->signing.bytes));
    hash_add(&hash, request->intake.key.bytes, sizeof(request->intake.key.bytes));
    hash_end(&hash, digest, DIGEST);
    for (int i = 0; i < ROUNDS; i++)
        hash_of(digest, DIGEST, "kith1.words", NULL, bytes_of(digest, DIGEST));
}

void
join_words(char words[SIX_WORDS_MAX], const struct join_request *request)
{
    uint8_t digest[DIGEST];
    char *at = words;

    fingerprint(digest, request);
    for (int i = 0; i < SIX; i++) {
        size_t len = strlen(list[digest[i]]);

        memcpy(at, list[digest[i]], len);
        at += len;
        *at++ = i + 1 < SIX ? ' ' : 0;
    }
}

static bool
is_letter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static bool
is_between(char c)
{
    return c == ' ' || c == ',' || c == '-' || c == '\t' || c == '\n' || c == '\r';
}

/* The next word in lower case; empty at the end.  False for what no word holds. */
static bool
next_word(char word[WORD_MAX + 1], const char **at)
{
    size_t len = 0;

    while (is_between(**at))
        ++*at;
    for (; is_letter(**at) && len < WORD_MAX; ++*at)
        word[len++] = (char)(**at | 0x20);
    word[len] = 0;
    return **at == 0 || is_between(**at);
}

bool
join_words_match(const char *words, const char *typed)
{
    char wanted[WORD_MAX + 1], given[WORD_MAX + 1];

    do {
        if (!next_word(wanted, &words) || !next_word(given, &typed)
            || strcmp(wanted, given) != 0)
            return false;
    } while (wanted[0] != 0);
    return true;
}
