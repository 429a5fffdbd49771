// SPDX-License-Identifier: Apache-2.0
#include "test/support/faulty_disk.hpp"

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <new>

#include "test/support/program.hpp"

namespace argos::test {

const char* to_string(Fault fault) {
  constexpr const char* kNames[] = {"none", "fail", "short_write", "kill", "torn_write", "stop"};
  return kNames[static_cast<int>(fault)];
}

FaultyDisk::FaultyDisk(const std::string& folder) {
  const int descriptor = ::open((own_ / "control").c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (::ftruncate(descriptor, sizeof(FaultControl)) != 0) throw std::runtime_error("no room for the control of faults");
  void* const mapped = ::mmap(nullptr, sizeof(FaultControl), PROT_READ | PROT_WRITE, MAP_SHARED, descriptor, 0);
  ::close(descriptor);
  shared_ = new (mapped) FaultControl{};
  folder.copy(shared_->below.data(), shared_->below.size() - 1);
}

FaultyDisk::~FaultyDisk() { ::munmap(shared_, sizeof(FaultControl)); }

std::map<std::string, std::string> FaultyDisk::environment() const {
  // The second is for a program built with AddressSanitizer, which wants to be the first library.
  return {{"LD_PRELOAD", faults_library()}, {"ASAN_OPTIONS", "verify_asan_link_order=0"}, {"FAULTS_CONTROL", own_ / "control"}};
}

void FaultyDisk::arm(Fault fault, int nth, Harm harm) {
  shared_->fault = static_cast<int>(Fault::none);
  shared_->error = harm.error;
  shared_->only.fill('\0');
  harm.only.copy(shared_->only.data(), shared_->only.size() - 1);
  shared_->nth = nth;
  shared_->times = harm.times;
  shared_->calls = 0;
  shared_->struck = 0;
  shared_->story.fill('\0');
  shared_->fault = static_cast<int>(fault);
}

int FaultyDisk::calls() const { return shared_->calls; }
bool FaultyDisk::has_struck() const { return shared_->struck > 0; }
std::string FaultyDisk::story() const { return shared_->story.data(); }

}  // namespace argos::test
