#include <bijou_single.hpp>

int version_in_other_unit();
int version_in_other_unit() { return BIJOU_VERSION; }
