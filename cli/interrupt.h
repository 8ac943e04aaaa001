// SIGINT, SIGTERM and, unless it is ignored (nohup), SIGHUP: the first one asks a run to save and stop, a
// second one ends the program at once.
#pragma once

namespace pare {

constexpr int kInterruptedExit = 130;

// Called before anything makes threads: those that are there keep getting the signals themselves.
void catch_signals();
bool stop_requested();

}  // namespace pare
