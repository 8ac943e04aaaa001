// Writers: who decides whether the channels of a node's output are there.
#pragma once

#include <span>
#include <vector>

namespace pare {

class Network;

// For each channel, everyone who writes it, as the nodes with weights that it passes on its way (the Mixing
// one it comes from, gates, depthwise convolutions), each with the channel's position among theirs. The
// channel is there while for one writer all of those live; the writer of an image's channel passes none, so
// it always is.
//
// Lists of lists of lists that are read in every step: kept one behind the other in three vectors.
class Writers {
 public:
  struct Place {
    int node, position;
  };
  using Writer = std::span<const Place>;

  int channels() const { return static_cast<int>(channel_ends_.size()); }
  // visit(writer) of each of this channel's.
  template <class Visit>
  void each(int channel, const Visit& visit) const {
    for (int w = begin(channel_ends_, channel); w < channel_ends_[channel]; ++w) {
      const int first = begin(writer_ends_, w);
      visit(Writer(places_).subspan(first, writer_ends_[w] - first));
    }
  }

  // Written front to back: a writer's places, then its end; a channel's writers, then its end.
  void add(const Place& place) { places_.push_back(place); }
  void end_writer() { writer_ends_.push_back(static_cast<int>(places_.size())); }
  void end_channel() { channel_ends_.push_back(static_cast<int>(writer_ends_.size())); }

 private:
  static int begin(const std::vector<int>& ends, int i) { return i == 0 ? 0 : ends[i - 1]; }

  std::vector<Place> places_;
  std::vector<int> writer_ends_, channel_ends_;
};

// Those of `node`'s output, made from those of its inputs.
Writers find_writers(Network& network, int node);

}  // namespace pare
