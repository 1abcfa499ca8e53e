/* SPDX-License-Identifier: MIT */
/* sections.h: put before every source of ours in a fuzzing build: its variables go into two sections of their own, so
 * that fuzz.c can put all of them back as they were before main. Our programs live for one call and never clean up. */
#ifndef FUZZ_HARNESS
#pragma clang section bss = "bb_bss" data = "bb_data"
#endif
