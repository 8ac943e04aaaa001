// WAV, FLAC and Ogg files, by libsndfile.
#pragma once

#include <cstdint>
#include <span>
#include <string>

#include "framework/data/sound/sound.h"

namespace pare {

constexpr int64_t kMostSamples = int64_t{1} << 26;  // of all channels: 70 minutes at 16 kHz

// Throws Failure::Data naming the file when it is neither WAV, FLAC nor Ogg by its first bytes, whatever its
// name says.
void require_sound(std::span<const uint8_t> bytes, const std::string& name);

// All channels mixed into one: their mean. Integers of n bits become x / 2^(n-1), bytes of WAV (x - 128) /
// 128; floats stay as they are. Throws Failure::Data naming the file when it is damaged, cut off, of a kind
// that is not read, without sound, longer than `most` samples, or has a number that is none of a sound (NaN,
// or beyond a million).
Sound decode_sound(std::span<const uint8_t> bytes, const std::string& name, int64_t most = kMostSamples);

}  // namespace pare
