#include "policy/model.h"

/*
 * The nevers that no agreement can lift, for whoever does not hear of all children: where a
 * child can be found more finely than the parish, who reported a concern, and what is
 * sealed.  An agency has its own pupil's address already, and MASH can give one by hand.
 */
enum form
floor_cap(const struct field *field)
{
    switch (field->category) {
    case CATEGORY_SOURCE:
    case CATEGORY_SEALED: return FORM_HIDDEN;
    case CATEGORY_LOCATION: return field->type == FIELD_ADDRESS ? FORM_DISTRICT : FORM_PRESENT;
    case CATEGORY_ROUTING:
    case CATEGORY_IDENTITY:
    case CATEGORY_FAMILY:
    case CATEGORY_CONCERN:
    case CATEGORY_HEALTH:
    case CATEGORY_PROTECTED:
    case CATEGORY_CRIMINAL:
    case CATEGORY_EDUCATION:
    case CATEGORY_CARE_STATUS:
    case CATEGORY_VOICE:
    case CATEGORY_THIRD_PARTY:
    case CATEGORY_CONTACT: return FORM_FULL;
    case CATEGORIES: break;
    }
    return FORM_HIDDEN;
}
