#pragma once

#include <bijou/io/file_error.hpp>
#include <algorithm>
#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <deque>
#include <filesystem>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace bijou::detail {

/// What a pickle of tensors is made of.
enum class PickleKind { none, boolean, integer, number, text, tuple, list, dictionary, global, storage, tensor };

/// A value of a pickle. Values that Python shares are shared here, so a dictionary may even hold itself.
struct PickleValue {
  PickleKind kind = PickleKind::none;
  std::int64_t integer = 0;    // boolean, integer
  double number = 0;           // number
  std::string_view text = {};  // text, global: "module name"; in the bytes of the pickle
  std::vector<const PickleValue*> items =
      {};  // tuple, list; dictionary: key, value, key, ...; storage, tensor: arguments
};

/// Reads the pickle inside of a file of torch.save: protocols 2 to 5, with a closed list of instructions that build
/// dictionaries, lists, tuples, text, numbers and tensors. Nothing is ever called: what torch would call to make a
/// tensor is compared with two names, and anything else is refused. Throws FileError.
class TorchPickle {
 public:
  /// The bytes must outlive this. path: for messages.
  TorchPickle(const std::filesystem::path& path, std::string_view bytes) : path_(path), bytes_(bytes) {
    while (!is_done_) step();
  }

  const PickleValue& value() const { return *result_; }

 private:
  static constexpr std::string_view ordered_dictionary = "collections OrderedDict";
  static constexpr std::string_view rebuild_tensor = "torch._utils _rebuild_tensor_v2";
  static constexpr std::string_view rebuild_parameter = "torch._utils _rebuild_parameter";

  using Value = PickleValue;
  using Kind = PickleKind;

  void step() {
    start_ = at_;
    const auto code = static_cast<unsigned char>(take(1).front());
    switch (code) {
      case 0x80:  // PROTO
        if (const auto version = little_endian(1); version < 2 || version > 5)
          fail("protocol ", version, " is not read here");
        return;
      case 0x95:  // FRAME
        take(8);
        return;
      case '.':  // STOP
        result_ = pop();
        is_done_ = true;
        return;
      case '(':  // MARK
        marks_.push_back(stack_.size());
        return;
      case 'N':
        return push({Kind::none});
      case 0x88:  // NEWTRUE
        return push({.kind = Kind::boolean, .integer = 1});
      case 0x89:  // NEWFALSE
        return push({Kind::boolean});
      case 'K':  // BININT1
        return push({.kind = Kind::integer, .integer = static_cast<std::int64_t>(little_endian(1))});
      case 'M':  // BININT2
        return push({.kind = Kind::integer, .integer = static_cast<std::int64_t>(little_endian(2))});
      case 'J':  // BININT
        return push({.kind = Kind::integer, .integer = static_cast<std::int32_t>(little_endian(4))});
      case 0x8a:  // LONG1
        return push({.kind = Kind::integer, .integer = long_integer(little_endian(1))});
      case 'G':  // BINFLOAT, the most significant byte first
        return push({.kind = Kind::number, .number = big_endian_double()});
      case 'X':  // BINUNICODE
        return push_text(little_endian(4));
      case 0x8c:  // SHORT_BINUNICODE
        return push_text(little_endian(1));
      case 0x8d:  // BINUNICODE8
        return push_text(little_endian(8));
      case ')':  // EMPTY_TUPLE
        return push({Kind::tuple});
      case 0x85:  // TUPLE1, 2, 3
      case 0x86:
      case 0x87:
        return push_tuple(code - 0x84u);
      case 't':  // TUPLE
        return push_tuple(count_to_mark());
      case ']':  // EMPTY_LIST
        return push({Kind::list});
      case 'a':  // APPEND
        return append(Kind::list, 1);
      case 'e':  // APPENDS
        return append(Kind::list, count_to_mark());
      case '}':  // EMPTY_DICT
        return push({Kind::dictionary});
      case 's':  // SETITEM
        return append(Kind::dictionary, 2);
      case 'u':  // SETITEMS
        return append(Kind::dictionary, count_to_mark());
      case 'q':  // BINPUT
        return remember(little_endian(1));
      case 'r':  // LONG_BINPUT
        return remember(little_endian(4));
      case 0x94:  // MEMOIZE
        return remember(memo_.size());
      case 'h':  // BINGET
        return recall(little_endian(1));
      case 'j':  // LONG_BINGET
        return recall(little_endian(4));
      case 'c': {  // GLOBAL
        const std::string_view module = line();
        return push_global(module, line());
      }
      case 0x93: {  // STACK_GLOBAL
        const std::string_view name = pop(Kind::text)->text;
        return push_global(pop(Kind::text)->text, name);
      }
      case 'R':  // REDUCE
        return call();
      case 'Q': {  // BINPERSID
        const Value* const arguments = pop(Kind::tuple);
        return push({.kind = Kind::storage, .items = arguments->items});
      }
      case 'b':  // BUILD: the attributes of a dictionary
        pop(Kind::dictionary);
        top(Kind::dictionary);
        return;
      default:
        fail("the instruction ", int{code}, " is not one that tensors need");
    }
  }

  /// What torch would call, by name.
  void call() {
    const Value* const arguments = pop(Kind::tuple);
    const std::string_view name = pop(Kind::global)->text;
    if (name == ordered_dictionary && arguments->items.empty()) return push({Kind::dictionary});
    if (name == rebuild_tensor) return push({.kind = Kind::tensor, .items = arguments->items});
    if (name == rebuild_parameter && !arguments->items.empty() && arguments->items[0]->kind == Kind::tensor) {
      stack_.push_back(arguments->items[0]);
      return;
    }
    fail("a call of ", dotted(name), " that makes no tensor");
  }

  void push_global(std::string_view module, std::string_view name) {
    std::string both = std::string(module) + " " + std::string(name);
    const bool is_storage = module == "torch" && name.ends_with("Storage");
    if (!is_storage && both != ordered_dictionary && both != rebuild_tensor && both != rebuild_parameter) {
      fail("it needs ", dotted(both),
           "; only tensors, numbers, text, lists and dictionaries are read: save a state_dict, "
           "torch.save(model.state_dict(), path)");
    }
    push({.kind = Kind::global, .text = names_.emplace_back(std::move(both))});
  }

  void push(Value value) { stack_.push_back(&values_.emplace_back(std::move(value))); }
  void push_text(std::uint64_t size) { push({.kind = Kind::text, .text = take(size)}); }
  void push_tuple(std::size_t count) { push({.kind = Kind::tuple, .items = pop_all(count)}); }

  void append(Kind kind, std::size_t count) {
    if (kind == Kind::dictionary && count % 2 != 0) fail("a key without a value");
    const std::vector<const Value*> items = pop_all(count);
    auto& held = const_cast<Value*>(top(kind))->items;  // all values are this object's own
    held.insert(held.end(), items.begin(), items.end());
  }

  const Value* top(Kind kind) {
    if (stack_.size() <= floor()) fail("nothing to work on");
    if (stack_.back()->kind != kind) fail("a value of the wrong kind");
    return stack_.back();
  }
  const Value* pop(Kind kind) {
    top(kind);
    return pop();
  }
  const Value* pop() { return pop_all(1).front(); }
  std::vector<const Value*> pop_all(std::size_t count) {
    if (stack_.size() < floor() + count) fail("nothing to work on");
    const auto first = stack_.end() - static_cast<std::ptrdiff_t>(count);
    std::vector<const Value*> values(first, stack_.end());
    stack_.erase(first, stack_.end());
    return values;
  }
  /// Values below the last mark are out of reach.
  std::size_t floor() const { return marks_.empty() ? 0 : marks_.back(); }
  std::size_t count_to_mark() {
    if (marks_.empty()) fail("no mark");
    const std::size_t count = stack_.size() - marks_.back();
    marks_.pop_back();
    return count;
  }

  void remember(std::uint64_t place) {
    if (place > bytes_.size()) fail("the place ", place, " of the memo is out of range");
    if (stack_.size() <= floor()) fail("nothing to work on");
    if (memo_.size() <= place) memo_.resize(place + 1, nullptr);
    memo_[place] = stack_.back();
  }
  void recall(std::uint64_t place) {
    if (place >= memo_.size() || memo_[place] == nullptr) fail("the place ", place, " of the memo is empty");
    stack_.push_back(memo_[place]);
  }

  std::string_view take(std::uint64_t count) {
    if (count > bytes_.size() - at_) fail("it ends early");
    const std::string_view taken = bytes_.substr(at_, count);
    at_ += count;
    return taken;
  }
  std::string_view line() {
    const std::size_t end = bytes_.find('\n', at_);
    if (end == std::string_view::npos) fail("it ends early");
    const std::string_view text = take(end - at_);
    take(1);
    return text;
  }
  std::uint64_t little_endian(std::size_t size) {
    const std::string_view bytes = take(size);
    std::uint64_t value = 0;
    for (std::size_t i = size; i-- > 0;) value = value << 8 | static_cast<unsigned char>(bytes[i]);
    return value;
  }
  /// Two's complement in so many bytes.
  std::int64_t long_integer(std::uint64_t size) {
    if (size > 8) fail("an integer of more than 64 bits");
    const auto unused = static_cast<int>(64 - 8 * size);
    if (size == 0) return 0;
    return static_cast<std::int64_t>(little_endian(size) << unused) >> unused;
  }
  double big_endian_double() {
    const std::string_view bytes = take(8);
    std::uint64_t bits = 0;
    for (const char byte : bytes) bits = bits << 8 | static_cast<unsigned char>(byte);
    return std::bit_cast<double>(bits);
  }

  static std::string dotted(std::string_view global) {
    std::string text(global);
    std::replace(text.begin(), text.end(), ' ', '.');
    return text;
  }
  template <class... Pieces>
  [[noreturn]] void fail(Pieces... what) const {
    throw_file_error(path_, "byte ", start_, " of its pickle: ", what...);
  }

  const std::filesystem::path& path_;
  std::string_view bytes_;
  std::size_t at_ = 0;
  std::size_t start_ = 0;  // of the instruction
  std::deque<Value> values_;
  std::deque<std::string> names_;
  std::vector<const Value*> stack_;
  std::vector<std::size_t> marks_;
  std::vector<const Value*> memo_;
  const Value* result_ = nullptr;
  bool is_done_ = false;
};

}  // namespace bijou::detail
