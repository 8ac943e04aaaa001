// The area under the receiver operating characteristic.
#pragma once

#include <vector>

namespace pare {

struct Scored {
  float score;
  bool positive;
};

// The probability that a positive example's score is above a negative one's, ties counting half (Hanley &
// McNeil, "The meaning and use of the area under a ROC curve", 1982). No number when there are none of
// either.
double area_under_roc(std::vector<Scored> examples);

}  // namespace pare
