#pragma once

#include <string>

#include "engine/simulate/simulation.hpp"

namespace myelin::simulate {

/// A simulation's result for people: the calls, a table for each group, the backends.
std::string textReport(const Result& result, const Script& script);
/// The same and the timelines, for programs.
std::string jsonReport(const Result& result, const Script& script);
/// A chart for each group: the share of each child over time, stacked, with the outages of the script shaded.
std::string svgReport(const Result& result, const Script& script);

/// "1:02:03.5", "12.25 s": as long as need be, to the millisecond.
std::string readable(base::Duration time);

}  // namespace myelin::simulate
