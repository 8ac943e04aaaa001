// The files of the report's page, compiled in (see CMakeLists.txt).
#pragma once

#include <string_view>

namespace pare {

extern const std::string_view kPageHtml, kPageCss, kDrawJs, kLotteryJs, kPageJs;

}  // namespace pare
