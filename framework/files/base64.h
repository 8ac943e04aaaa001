// Base64 (RFC 4648), for bytes inside of JSON.
#pragma once

#include <cstdint>
#include <span>
#include <string>

namespace pare {

std::string base64(std::span<const uint8_t> bytes);

}  // namespace pare
