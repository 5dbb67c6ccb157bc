#include "message/words.h"

#include <ctype.h>
#include <string.h>

#include "fragment.pb-c.h"
#include "message/member.h"

/* Where lower case and spaces do not make words of a code. */
static const struct {
    const char *list, *code, *words;
} words[] = {
    { "LawfulBasis", "CYPL_ART4", "Children and Young People (Jersey) Law 2022, article 4" },
    { "LawfulBasis", "CYPL_ART5", "Children and Young People (Jersey) Law 2022, article 5" },
    { "LawfulBasis", "CHL_ART42", "Children (Jersey) Law 2002, article 42" },
    { "LawfulBasis", "VITAL", "vital interests" },
    { "ShieldReason", "DA_SAFE_ADDRESS", "domestic abuse, safe address" },
    { "ConcernKind", "DA_INCIDENT", "domestic abuse incident" },
    { "ConcernKind", "ED_ATTENDANCE", "emergency department attendance" },
    { "ConcernKind", "LOW_LEVEL", "low-level concern" },
    { "ConcernKind", "SELF_HARM", "self-harm" },
    { "ConcernKind", "PRE_BIRTH", "before birth" },
    { "ConcernKind", "PUBLIC_CALL", "call from the public" },
    { "ConcernCategory", "SELF_HARM", "self-harm" },
    { "ConcernCategory", "EMOTIONAL", "emotional abuse" },
    { "ConcernCategory", "PHYSICAL_BY_CHILD", "physical abuse by a child" },
    { "ConcernCategory", "PHYSICAL_BY_ADULT", "physical abuse by an adult" },
    { "ConcernCategory", "SEXUAL_BY_CHILD", "sexual abuse by a child" },
    { "ConcernCategory", "SEXUAL_BY_ADULT", "sexual abuse by an adult" },
    { "ConcernCategory", "DA_CHILD", "domestic abuse (the child)" },
    { "ConcernCategory", "DA_PARENT", "domestic abuse (a parent)" },
    { "ConcernCategory", "DA_HOUSEHOLD", "domestic abuse (others in the household)" },
    { "ConcernCategory", "ALCOHOL_CHILD", "alcohol (the child)" },
    { "ConcernCategory", "ALCOHOL_PARENT", "alcohol (a parent)" },
    { "ConcernCategory", "ALCOHOL_OTHER", "alcohol (somebody else)" },
    { "ConcernCategory", "DRUGS_CHILD", "drugs (the child)" },
    { "ConcernCategory", "DRUGS_PARENT", "drugs (a parent)" },
    { "ConcernCategory", "DRUGS_OTHER", "drugs (somebody else)" },
    { "ConcernCategory", "MENTAL_HEALTH_CHILD", "mental health (the child)" },
    { "ConcernCategory", "MENTAL_HEALTH_PARENT", "mental health (a parent)" },
    { "ConcernCategory", "MENTAL_HEALTH_OTHER", "mental health (somebody else)" },
    { "ConcernCategory", "LEARNING_DISABILITY_CHILD", "learning disability (the child)" },
    { "ConcernCategory", "LEARNING_DISABILITY_PARENT", "learning disability (a parent)" },
    { "ConcernCategory", "LEARNING_DISABILITY_OTHER", "learning disability (somebody else)" },
    { "ConcernCategory", "PHYSICAL_DISABILITY_CHILD", "physical disability (the child)" },
    { "ConcernCategory", "PHYSICAL_DISABILITY_PARENT", "physical disability (a parent)" },
    { "ConcernCategory", "PHYSICAL_DISABILITY_OTHER", "physical disability (somebody else)" },
    { "ConcernCategory", "CSE", "child sexual exploitation" },
    { "ConcernCategory", "CCE", "child criminal exploitation" },
    { "ConcernCategory", "FGM", "female genital mutilation" },
    { "ConcernCategory", "HBA_FORCED_MARRIAGE", "honour-based abuse or forced marriage" },
    { "ConcernCategory", "FII", "fabricated or induced illness" },
    { "ConcernCategory", "FAITH_BELIEF", "abuse linked to faith or belief" },
    { "ConcernCategory", "INJURY_NON_MOBILE", "injury of a child who cannot move about yet" },
    { "ConcernCategory", "INJURY_UNEXPLAINED", "injury that is not explained" },
    { "ConcernCategory", "MISSING_EDUCATION", "missing from education" },
    { "AbuseCategory", "NEG", "neglect" },
    { "AbuseCategory", "PHY", "physical abuse" },
    { "AbuseCategory", "SAB", "sexual abuse" },
    { "AbuseCategory", "EMO", "emotional abuse" },
    { "AbuseCategory", "MUL", "more than one kind" },
    { "NeedLevel", "L1", "level 1" },
    { "NeedLevel", "L2", "level 2" },
    { "NeedLevel", "L3", "level 3" },
    { "NeedLevel", "L4", "level 4" },
    { "SourceKind", "GP", "GP" },
    { "SourceKind", "SELF", "the child" },
    { "AdultHealth", "SELF_HARM", "self-harm" },
    { "Gender", "NON_BINARY", "non-binary" },
    { "Relation", "PARENTS_PARTNER", "parent's partner" },
    { "Disability", "MOB", "mobility" },
    { "Disability", "HAND", "hand function" },
    { "Disability", "PC", "personal care" },
    { "Disability", "INC", "incontinence" },
    { "Disability", "COMM", "communication" },
    { "Disability", "LD", "learning" },
    { "Disability", "HEAR", "hearing" },
    { "Disability", "VIS", "vision" },
    { "Disability", "BEH", "behaviour" },
    { "Disability", "CON", "consciousness" },
    { "Disability", "AUT", "autism" },
    { "Disability", "DDA", "other disability within the meaning of the law" },
    { "SendKind", "SPLD", "specific learning difficulty" },
    { "SendKind", "MLD", "moderate learning difficulty" },
    { "SendKind", "SLD", "severe learning difficulty" },
    { "SendKind", "PMLD", "profound and multiple learning difficulty" },
    { "SendKind", "SEMH", "social, emotional and mental health" },
    { "SendKind", "SLCN", "speech, language and communication needs" },
    { "SendKind", "HI", "hearing impairment" },
    { "SendKind", "VI", "vision impairment" },
    { "SendKind", "MSI", "multi-sensory impairment" },
    { "SendKind", "PD", "physical disability" },
    { "SendKind", "ASD", "autistic spectrum disorder" },
    { "SendKind", "OTH", "other" },
    { "PlanKind", "EHCP", "education, health and care plan" },
    { "NeedPresentation", "HEALTH_DEVELOPMENT", "health and development" },
};

/* --- Walking through a message beside its schema -------------------------------------------- */

struct visiting {
    /* member: what takes the text, NULL when the schema does not know it; list: of which it
       is a code, or NULL. */
    void (*visit)(void *context, json_t *text, const ProtobufCFieldDescriptor *member,
                  const ProtobufCEnumDescriptor *list);
    void *context;
};

static void visit_members(const struct visiting *visiting, json_t *object,
                          const ProtobufCMessageDescriptor *descriptor);

/* The list of codes of which the text is one, or NULL. */
static const ProtobufCEnumDescriptor *
list_of(const json_t *text, const ProtobufCFieldDescriptor *member)
{
    if (member == NULL || member->type != PROTOBUF_C_TYPE_ENUM
        || protobuf_c_enum_descriptor_get_value_by_name(member->descriptor,
                                                        json_string_value(text))
               == NULL)
        return NULL;
    return member->descriptor;
}

static void
visit_value(const struct visiting *visiting, json_t *value,
            const ProtobufCFieldDescriptor *member)
{
    json_t *item;
    size_t i;

    if (json_is_string(value))
        visiting->visit(visiting->context, value, member, list_of(value, member));
    else if (json_is_object(value))
        visit_members(visiting, value,
                      member != NULL && member_is_message(member) ? member->descriptor : NULL);
    json_array_foreach(value, i, item) visit_value(visiting, item, member);
}

static void
visit_members(const struct visiting *visiting, json_t *object,
              const ProtobufCMessageDescriptor *descriptor)
{
    const char *name;
    json_t *value;

    json_object_foreach(object, name, value) visit_value(
        visiting, value, descriptor == NULL ? NULL : member_named(descriptor, name));
}

/* A message in JSON is a fragment, but for "reduced", which is written in words already. */
static void
visit_message(const struct visiting *visiting, json_t *message)
{
    const ProtobufCFieldDescriptor *member;
    const char *name;
    json_t *value;

    json_object_foreach(message, name, value)
    {
        member = member_named(&kith__fragment__descriptor, name);
        visit_value(visiting, value, member == NULL || member_is_list(member) ? NULL : member);
    }
}

/* --- What is made of it ------------------------------------------------------------------------ */

struct listening {
    void (*visit)(void *context, json_t *text, const struct text_place *place);
    void *context;
};

static void
tell_place(void *context, json_t *text, const ProtobufCFieldDescriptor *member,
           const ProtobufCEnumDescriptor *list)
{
    const struct listening *listening = context;
    const struct text_place place = { list != NULL, member == NULL ? 0 : member->id };

    listening->visit(listening->context, text, &place);
}

void
message_each_text(json_t *message,
                  void (*visit)(void *context, json_t *text, const struct text_place *place),
                  void *context)
{
    struct listening listening = { visit, context };
    const struct visiting visiting = { tell_place, &listening };

    visit_message(&visiting, message);
}

/* Is "kith.Disability.Code" the list Disability? */
static bool
is_list(const ProtobufCEnumDescriptor *descriptor, const char *list)
{
    size_t len = strlen(list);

    return strncmp(descriptor->name, "kith.", 5) == 0
           && strncmp(descriptor->name + 5, list, len) == 0
           && strcmp(descriptor->name + 5 + len, ".Code") == 0;
}

static void
put_in_words(void *context, json_t *text, const ProtobufCFieldDescriptor *member,
             const ProtobufCEnumDescriptor *list)
{
    struct buffer plain;
    const char *code = json_string_value(text);

    (void)context, (void)member;
    if (list == NULL)
        return;
    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
        if (strcmp(words[i].code, code) == 0 && is_list(list, words[i].list)) {
            json_string_set(text, words[i].words);
            return;
        }
    buffer_init(&plain, 256);
    for (; *code != 0; code++)
        buffer_add_byte(&plain, (uint8_t)(*code == '_' ? ' ' : tolower((unsigned char)*code)));
    json_string_set(text, buffer_text(&plain));
    buffer_clear(&plain);
}

void
message_put_in_words(json_t *message)
{
    const struct visiting visiting = { put_in_words, NULL };

    visit_message(&visiting, message);
}
