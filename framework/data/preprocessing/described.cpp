#include "framework/data/preprocessing/described.h"

#include "framework/config/config.h"
#include "framework/data/spec.h"

namespace pare {

std::string described(const Variant<Preprocessing>& preprocessing) {
  Spec spec;
  spec.preprocessing = preprocessing;
  return dump_line(*write_config(spec).find("preprocessing"));
}

}  // namespace pare
