#include "framework/json/json.h"

namespace pare {
namespace {

template <class T, class Variant>
auto& get(Variant& value, const Json& json, const char* wanted) {
  auto* found = std::get_if<T>(&value);
  if (found == nullptr) fail(Failure::Internal, "json: expected ", wanted, ", got ", summary(json));
  return *found;
}

}  // namespace

Json::Json(const Json&) = default;
Json::Json(Json&&) noexcept = default;
Json& Json::operator=(const Json&) = default;
Json& Json::operator=(Json&&) noexcept = default;
Json::~Json() = default;

Json Json::array(std::vector<Json> items) {
  Json json;
  json.value_ = std::move(items);
  return json;
}

Json Json::object(std::vector<Member> members) {
  Json json;
  json.value_ = std::move(members);
  return json;
}

bool Json::boolean() const { return get<bool>(value_, *this, "a boolean"); }
int64_t Json::integer() const { return get<int64_t>(value_, *this, "an integer"); }
double Json::number() const {
  return is_integer() ? static_cast<double>(integer()) : get<double>(value_, *this, "a number");
}
const std::string& Json::string() const { return get<std::string>(value_, *this, "a string"); }
const std::vector<Json>& Json::items() const { return get<std::vector<Json>>(value_, *this, "an array"); }
std::vector<Json>& Json::items() { return get<std::vector<Json>>(value_, *this, "an array"); }
const std::vector<Json::Member>& Json::members() const {
  return get<std::vector<Member>>(value_, *this, "an object");
}
std::vector<Json::Member>& Json::members() { return get<std::vector<Member>>(value_, *this, "an object"); }

const Json* Json::find(std::string_view key) const {
  for (const Member& member : members())
    if (member.first == key) return &member.second;
  return nullptr;
}

Json* Json::find(std::string_view key) { return const_cast<Json*>(std::as_const(*this).find(key)); }

Json& Json::set(std::string_view key, Json value) {
  Json* member = find(key);
  if (member == nullptr) member = &members().emplace_back(std::string(key), Json()).second;
  return *member = std::move(value);
}

void Json::push(Json value) { items().push_back(std::move(value)); }

bool operator==(const Json& a, const Json& b) { return a.value_ == b.value_; }

}  // namespace pare
