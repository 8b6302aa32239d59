#pragma once

#include <bijou/core/raise.hpp>
#include <bijou/core/tile.hpp>
#include <algorithm>
#include <cstddef>
#include <cstring>
#include <memory>
#include <new>
#include <span>
#include <type_traits>
#include <vector>

namespace bijou {

/// Scratch memory that is handed out like a stack and kept: after the first pass of a size, passes take nothing from
/// the heap. Everything is aligned to 64 bytes. Not for sharing between threads.
class Arena {
 public:
  Arena() = default;
  /// On memory of the caller's, aligned to 64 bytes, which must outlive the arena. Such an arena takes nothing from the
  /// heap; when its memory does not suffice it throws std::bad_alloc.
  explicit Arena(std::span<std::byte> memory) : is_fixed_(true), fixed_(memory) {
    if (memory.empty()) return;
    std::memset(memory.data(), 0, memory.size());
  }
  // Deleted explicitly: is_copy_constructible<std::vector<Chunk>> is true although Chunk is move-only.
  Arena(const Arena&) = delete;
  Arena& operator=(const Arena&) = delete;
  Arena(Arena&&) = default;
  Arena& operator=(Arena&&) = default;

  /// rows x cols. A row starts on a cache line when it is longer than one; the stride is an odd number of cache lines,
  /// so that the rows of a column panel do not compete for the same sets of the cache. The numbers are left over from
  /// earlier use; those behind the last column, up to the end of its packet, are 0, so that computing them along raises
  /// no floating-point exception.
  template <class T>
  Tile<T> tile(Index rows, Index cols) {
    const Index stride = stride_for<T>(cols);
    T* data = take_numbers<T>(rows * stride);
    if (const Index last = cols - cols % Simd<T>::size; last < cols) {
      for (Index i = 0; i < rows; ++i) detail::store(data + i * stride + last, detail::broadcast(T(0)));
    }
    return Tile<T>(data, rows, cols, stride);
  }

  /// Like tile, for the units of a network; but the numbers of a single event are contiguous, with a stride of 1, all 0
  /// at first, and with zeros behind them, so that a packet can be read from each of them on.
  template <class T>
  Tile<T> units(Index rows, Index events) {
    if (events != 1) return tile<T>(rows, events);
    const Index size = round_up<T>(rows) + line<T>;
    T* data = take_numbers<T>(size);
    set_zero(data, size);
    return Tile<T>(data, rows, 1, 1);
  }

  /// Memory for one number of each of so many events.
  template <class T>
  Row<T> row(Index cols) {
    T* data = take_numbers<T>(cols);
    if (cols % Simd<T>::size > 0) detail::store(data + cols - cols % Simd<T>::size, detail::broadcast(T(0)));
    return Row<T>(data, cols);
  }

  /// One sum for each of `cols` events, all 0, with room for whole packets behind the last.
  Sums sums(Index cols) {
    const Index room = round_up<float>(cols);
    double* data = take_numbers<double>(room);
    set_zero(data, room);
    return Sums(data, cols);
  }

  /// A flat array of `size` numbers, all zero.
  template <class T>
  ParameterGradient<T> zeros(Index size) {
    T* data = take_numbers<T>(size);
    std::fill_n(data, size, T(0));
    return ParameterGradient<T>(data, size);
  }

  /// `count` default-constructed objects that need no destructor.
  template <class U>
  requires std::is_trivially_destructible_v<U>
  U* objects(Index count) {
    U* first = static_cast<U*>(take(static_cast<std::size_t>(count) * sizeof(U)));
    std::uninitialized_value_construct_n(first, count);
    return first;
  }

  /// So many bytes, for an object that needs no destructor.
  void* bytes(std::size_t count) { return take(count); }

  /// Bytes that passes can use before more is taken from the heap.
  std::size_t capacity() const {
    std::size_t total = fixed_.size();
    for (const Chunk& chunk : chunks_) total += chunk.size;
    return total;
  }

  /// Grows to a capacity of at least so many bytes in one piece; does nothing while something is in use.
  void reserve(std::size_t bytes) {
    if (is_fixed_ || chunk_ != 0 || used_ != 0 || (chunks_.size() == 1 && chunks_.front().size >= bytes)) return;
    chunks_.clear();
    if (bytes > 0) add_chunk(bytes);
  }

  /// Gives back, at the end of a scope, what was taken inside it.
  class Frame {
   public:
    explicit Frame(Arena& arena) : arena_(arena), chunk_(arena.chunk_), used_(arena.used_) {}
    Frame(const Frame&) = delete;
    Frame& operator=(const Frame&) = delete;
    ~Frame() {
      arena_.chunk_ = chunk_;
      arena_.used_ = used_;
      if (chunk_ == 0 && used_ == 0) arena_.merge();
    }

   private:
    Arena& arena_;
    std::size_t chunk_;
    std::size_t used_;
  };

  /// Distance between the rows of a tile of `cols` events.
  template <class T>
  static constexpr Index stride_for(Index cols) {
    const Index lines = round_up<T>(cols) / line<T>;
    return line<T> * (lines > 1 ? lines | 1 : lines);
  }

 private:
  static constexpr std::size_t alignment = 64;

  /// Numbers in a cache line, which holds at least one packet of any instruction set.
  template <class T>
  static constexpr Index line = static_cast<Index>(alignment / sizeof(T));

  template <class T>
  static constexpr Index round_up(Index count) {
    return (count + line<T> - 1) / line<T> * line<T>;
  }

  /// For whole cache lines; short ones cost less this way than a call of memset.
  template <class T>
  static void set_zero(T* data, Index size) {
    for (Index i = 0; i < size; i += Simd<T>::size) detail::store(data + i, detail::broadcast(T(0)));
  }

  template <class T>
  T* take_numbers(Index count) {
    return static_cast<T*>(take(static_cast<std::size_t>(count) * sizeof(T)));
  }

  struct Free {
    void operator()(std::byte* p) const { ::operator delete(p, std::align_val_t{alignment}); }
  };
  struct Chunk {
    std::unique_ptr<std::byte, Free> data;
    std::size_t size;
  };

  void* take(std::size_t bytes) {
    bytes = (bytes + alignment - 1) / alignment * alignment;
    while (chunk_ < chunks_.size() && used_ + bytes > chunks_[chunk_].size) {
      ++chunk_;
      used_ = 0;
    }
    if (chunk_ == chunks_.size()) {
      if (is_fixed_) return take_fixed(bytes);
      add_chunk((std::max)(bytes, chunks_.empty() ? first_chunk : 2 * chunks_.back().size));
    }
    void* p = chunks_[chunk_].data.get() + used_;
    used_ += bytes;
    return p;
  }

  void* take_fixed(std::size_t bytes) {
    if (bytes > fixed_.size() - used_) detail::raise(std::bad_alloc{});
    void* p = fixed_.data() + used_;
    used_ += bytes;
    return p;
  }

  void add_chunk(std::size_t size) {
    std::unique_ptr<std::byte, Free> data(static_cast<std::byte*>(::operator new(size, std::align_val_t{alignment})));
    std::memset(data.get(), 0, size);
    chunks_.push_back({std::move(data), size});
  }

  // Once nothing is in use, several chunks become one, so that the next pass of the same size runs in one piece.
  void merge() {
    if (chunks_.size() < 2) return;
    std::size_t total = 0;
    for (const Chunk& chunk : chunks_) total += chunk.size;
    chunks_.clear();
#ifdef __cpp_exceptions
    try {
      add_chunk(total);
    } catch (const std::bad_alloc&) {  // called from a destructor: an empty arena is as good, it grows again
    }
#else
    add_chunk(total);
#endif
  }

  static constexpr std::size_t first_chunk = 1 << 12;
  std::vector<Chunk> chunks_;  // none on memory of the caller's
  bool is_fixed_ = false;
  std::span<std::byte> fixed_{};  // that memory
  std::size_t chunk_ = 0;
  std::size_t used_ = 0;
};

}  // namespace bijou
