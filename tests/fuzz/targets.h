// The readers of files, each fed with bytes that may be anything. tests/house/fuzz_corpus_test.cpp replays
// what is known;
// `./pare fuzz` lets libFuzzer look for more.
#pragma once

#include <cstdint>
#include <span>

namespace pare::fuzz {

// Each returns when the reader refused the bytes as it should, or took them and what it made of them holds;
// whatever it throws is a finding.
void arrays(std::span<const uint8_t> bytes);
void cifar10(std::span<const uint8_t> bytes);
void checkpoint(std::span<const uint8_t> bytes);
void config(std::span<const uint8_t> bytes);
void exif(std::span<const uint8_t> bytes);
void gzip(std::span<const uint8_t> bytes);
void idx(std::span<const uint8_t> bytes);
void packed_model(std::span<const uint8_t> bytes);
void picture(std::span<const uint8_t> bytes);
void plain_text(std::span<const uint8_t> bytes);
void safetensors(std::span<const uint8_t> bytes);
void sound(std::span<const uint8_t> bytes);
void table(std::span<const uint8_t> bytes);

}  // namespace pare::fuzz
