// What TensorBoard is shown of a run: the numbers of metrics.jsonl, and a histogram of each layer's bits.
#pragma once

#include "framework/files/formats/event_file.h"
#include "framework/json/json.h"

namespace pare {

// One line of metrics.jsonl as an event at its step: "train_accuracy", "bits/0.conv2d", "channels/0.conv2d",
// and the histogram "channel_bits/0.conv2d" of the living channels.
Event epoch_event(const Json& metrics, double wall_time);

}  // namespace pare
