/* SPDX-License-Identifier: MIT */
/* The smallest program linked like bottlebox: what starting costs before any work. */
int main(void)
{
	return 0;
}
