#include "framework/base/error.h"

#include <algorithm>

namespace pare {
namespace {

constexpr size_t kLongest = 1000, kHead = 700, kTail = 250;

bool continues_a_letter(char c) { return (static_cast<unsigned char>(c) & 0xC0) == 0x80; }  // in UTF-8

std::string one_line(std::string message) {
  if (message.size() > kLongest) {
    size_t head = kHead, tail = message.size() - kTail;
    while (head > 0 && continues_a_letter(message[head])) --head;
    while (tail < message.size() && continues_a_letter(message[tail])) ++tail;
    message.replace(head, tail - head, " [...] ");
  }
  std::replace_if(
      message.begin(), message.end(), [](unsigned char c) { return c < ' ' || c == 0x7F; }, '?');
  return message;
}

}  // namespace

Error::Error(Failure failure, const std::string& message)
    : std::runtime_error(one_line(message)), failure_(failure) {}

}  // namespace pare
