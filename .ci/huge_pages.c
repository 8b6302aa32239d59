// Preloaded, it serves what a compiler asks of the kernel from one range of addresses that may have pages of 2 MB. By itself g++
// asks for the memory of its trees piece by piece, and gets pages of 4 kB.
#define _GNU_SOURCE
#include <stddef.h>
#include <stdint.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

static const size_t range = (size_t)64 << 30; // of addresses; only what is used takes memory
static uintptr_t next;
static uintptr_t end;

static void* from_kernel(void* address, size_t size, int protection, int flags, int file, off_t offset) {
  return (void*)syscall(SYS_mmap, address, size, protection, flags, file, offset);
}

// What it hands out is never handed out again. Compilers use one thread, g++ and clang++ alike.
void* mmap(void* address, size_t size, int protection, int flags, int file, off_t offset) {
  const int ordinary = PROT_READ | PROT_WRITE;
  const int anonymous = MAP_PRIVATE | MAP_ANONYMOUS;
  if (address == NULL && protection == ordinary && flags == anonymous) {
    if (end == 0) {
      void* reserved = from_kernel(NULL, range, ordinary, anonymous | MAP_NORESERVE, -1, 0);
      if (reserved == MAP_FAILED) {
        next = end = 1; // nothing to hand out
      } else {
        next = (uintptr_t)reserved;
        end = next + range;
        madvise(reserved, range, MADV_HUGEPAGE);
      }
    }
    const size_t rounded = (size + 4095) & ~(size_t)4095;
    if (rounded <= end - next) {
      next += rounded;
      return (void*)(next - rounded);
    }
  }
  return from_kernel(address, size, protection, flags, file, offset);
}

void* mmap64(void* address, size_t size, int protection, int flags, int file, off_t offset) {
  return mmap(address, size, protection, flags, file, offset);
}
