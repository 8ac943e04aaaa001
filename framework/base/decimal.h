// Floats as decimals.
#pragma once

namespace pare {

// The shortest decimal that reads back as the same float: 0.1, and not 0.10000000149.
double shortest_decimal(float value);

}  // namespace pare
