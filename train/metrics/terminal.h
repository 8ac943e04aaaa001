// How wide what is printed for people may be.
#pragma once

#include <string>

namespace pare {

// Of $COLUMNS or of the terminal; of a file or a pipe as many as most terminals have. At least 40.
int columns_of_terminal();

// The text with line breaks between words, so that no line is longer than `columns`, unless a word is. Every
// line but the first begins with `indent` spaces; the first one continues a line that has so many characters
// already. Its own line breaks stay.
std::string wrapped(const std::string& text, int indent, int columns);

}  // namespace pare
