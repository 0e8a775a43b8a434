// SPDX-License-Identifier: Apache-2.0
// Hosts: what each answers to what TLM-2.0 can ask for, what it takes, and what fidelity `burst` may know of it.
#include "fabric/host.hpp"

#include <gtest/gtest.h>
#include <tlm_utils/simple_initiator_socket.h>

#include <array>
#include <cstring>
#include <memory>
#include <string>

#include "core/error.hpp"
#include "fabric/host_registry.hpp"
#include "fabric/memoryx.hpp"
#include "tests/support/forked.hpp"

namespace waferloom {
namespace {

using sc_core::sc_time;

/// Asks a host by itself, outside of any process.
class Asker final : public sc_core::sc_module {
 public:
  tlm_utils::simple_initiator_socket<Asker> socket;
  explicit Asker(const sc_core::sc_module_name& name) : sc_module(name), socket("socket") {}
};

class HostOf : public testing::TestWithParam<const char*> {
 protected:
  HostOf()
      : host_((sc_core::sc_set_time_resolution(1, sc_core::SC_FS),
               fabric::find_host_model(GetParam()).create("host", {}))) {
    asker_.socket.bind(host_->target());
    sc_core::sc_start(sc_core::SC_ZERO_TIME);
    transaction_.set_command(tlm::TLM_READ_COMMAND);
    transaction_.set_address(64);
    transaction_.set_data_ptr(data_.data());
    transaction_.set_data_length(16);
    transaction_.set_streaming_width(16);
  }
  tlm::tlm_response_status ask() {
    transaction_.set_response_status(tlm::TLM_INCOMPLETE_RESPONSE);
    delay_ = sc_core::SC_ZERO_TIME;
    asker_.socket->b_transport(transaction_, delay_);
    return transaction_.get_response_status();
  }

  std::unique_ptr<fabric::Host> host_;
  Asker asker_{"asker"};
  std::array<unsigned char, 64> data_{};
  tlm::tlm_generic_payload transaction_;
  sc_time delay_;
};

TEST_P(HostOf, ReadsAndWritesWords) {
  EXPECT_EQ(ask(), tlm::TLM_OK_RESPONSE);
  const std::uint32_t word = fabric::PatternHost::word_at(68);
  EXPECT_EQ(0, std::memcmp(data_.data() + 4, &word, sizeof word));
  transaction_.set_command(tlm::TLM_WRITE_COMMAND);
  EXPECT_EQ(ask(), tlm::TLM_OK_RESPONSE);
  const auto& host = dynamic_cast<fabric::PatternHost&>(*host_);
  EXPECT_EQ(host.bytes_read(), 16U);
  EXPECT_EQ(host.bytes_written(), 16U);
}

TEST_P(HostOf, AnswersOtherCommandsWithACommandError) {
  transaction_.set_command(tlm::TLM_IGNORE_COMMAND);
  EXPECT_EQ(ask(), tlm::TLM_COMMAND_ERROR_RESPONSE);
}

TEST_P(HostOf, AnswersByteEnablesWithAByteEnableError) {
  std::array<unsigned char, 4> enables{0xff, 0, 0xff, 0};
  transaction_.set_byte_enable_ptr(enables.data());
  transaction_.set_byte_enable_length(enables.size());
  EXPECT_EQ(ask(), tlm::TLM_BYTE_ENABLE_ERROR_RESPONSE);
  EXPECT_EQ(data_, (std::array<unsigned char, 64>{}));
  transaction_.set_command(tlm::TLM_WRITE_COMMAND);
  EXPECT_EQ(ask(), tlm::TLM_BYTE_ENABLE_ERROR_RESPONSE);
  EXPECT_EQ(dynamic_cast<fabric::PatternHost&>(*host_).bytes_written(), 0U);
}

TEST_P(HostOf, AnswersLengthsAndWidthsThatAreNoneWithABurstError) {
  for (const unsigned length : {0U, 2U, 15U}) {
    transaction_.set_data_length(length);
    transaction_.set_streaming_width(16);
    EXPECT_EQ(ask(), tlm::TLM_BURST_ERROR_RESPONSE) << length;
  }
  transaction_.set_data_length(16);
  for (const unsigned width : {0U, 4U, 12U}) {
    transaction_.set_streaming_width(width);
    EXPECT_EQ(ask(), tlm::TLM_BURST_ERROR_RESPONSE) << width;
  }
  transaction_.set_streaming_width(64);
  EXPECT_EQ(ask(), tlm::TLM_OK_RESPONSE);
}

TEST_P(HostOf, AnswersAnAddressWithinAWordWithAnAddressError) {
  transaction_.set_address(66);
  EXPECT_EQ(ask(), tlm::TLM_ADDRESS_ERROR_RESPONSE);
}

TEST_P(HostOf, TakesTheTimeThatItStatesToBurst) {
  const fabric::MemoryXParameters parameters;
  const fabric::HostRates rates = fabric::rates_of(fabric::find_host_model(GetParam()), parameters);
  EXPECT_EQ(ask(), tlm::TLM_OK_RESPONSE);
  EXPECT_NEAR(delay_.to_seconds(), rates.latency_s + 16 * 8 / rates.bandwidth_bits_per_s, 1e-14);
  EXPECT_NEAR(host_->optimizer_time(1'000'000).to_seconds(), 1e6 / rates.optimizer_parameters_per_s, 1e-14);
}

INSTANTIATE_TEST_SUITE_P(Hosts, HostOf, testing::Values("ideal", "memoryx"),
                         [](const auto& host) { return std::string(host.param); });

/// One that says nothing of what it remembers.
class Forgetful final : public fabric::Host {
 public:
  tlm_utils::simple_target_socket<Forgetful> socket;

  explicit Forgetful(const sc_core::sc_module_name& name) : Host(name), socket("socket") {}
  [[nodiscard]] tlm::tlm_base_target_socket<>& target() override { return socket; }
  [[nodiscard]] sc_core::sc_time optimizer_time(std::uint64_t) const override {
    return sc_core::SC_ZERO_TIME;
  }
};

TEST(Host, IsRefusedByNameWhereACheckpointCannotKeepIt) {
  const std::string text = test::in_child([]() -> std::string {
    Forgetful host("forgetful");
    core::State state;
    try {
      host.archive(state);
    } catch (const core::InputError& error) {
      return error.what();
    }
    return "kept";
  });
  EXPECT_EQ(text, "io.host: forgetful: expected a host that can be kept in a checkpoint");
}

TEST(HostRegistry, NamesTheKnownOnes) {
  try {
    static_cast<void>(fabric::find_host_model("memory"));
    FAIL() << "expected an error";
  } catch (const core::InputError& e) {
    EXPECT_STREQ(e.what(), "io.host: expected one of ideal, memoryx, got memory; did you mean memoryx?");
  }
}

TEST(HostRegistry, AHostWithoutRatesIsRefusedAtBurst) {
  const fabric::HostModel model{"remote", "", nullptr, nullptr};
  try {
    static_cast<void>(fabric::rates_of(model, {}));
    FAIL() << "expected an error";
  } catch (const core::InputError& e) {
    EXPECT_NE(std::string(e.what()).find("got remote"), std::string::npos) << e.what();
  }
}

}  // namespace
}  // namespace waferloom
