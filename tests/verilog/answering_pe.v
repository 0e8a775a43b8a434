// SPDX-License-Identifier: Apache-2.0
// A PE that receives WORDS words and answers with their sum (docs/own-pe.md). A word passes at a rising edge at which
// `valid` and `ready` are high. `busy` is high while the clock has to go on although no word can pass.
module answering_pe #(
    parameter WORDS = 8
) (
    input             clk,
    input             reset,
    input             in_valid,
    input      [31:0] in_data,
    output            in_ready,
    output            out_valid,
    output     [31:0] out_data,
    input             out_ready,
    output            busy
);
  reg [31:0] sum;
  reg [31:0] left;

  assign in_ready = left != 0;
  assign out_valid = left == 0;
  assign out_data = sum;
  assign busy = 0;

  always @(posedge clk) begin
    if (reset || (out_valid && out_ready)) begin
      sum <= 0;
      left <= WORDS;
    end else if (in_valid && in_ready) begin
      sum <= sum + in_data;
      left <= left - 1;
    end
  end
endmodule
