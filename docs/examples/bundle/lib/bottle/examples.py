# SPDX-License-Identifier: MIT
"""Values that their makers published as examples. They stand in documentation and tests everywhere and open nothing: a
match whose secret is exactly one of these is no finding."""

PUBLISHED = {
    # AWS, "Managing access keys": the identifier and the secret of all its documentation
    b"AKIAIOSFODNN7EXAMPLE", b"AKIAI44QH8DHBEXAMPLE", b"ASIAIOSFODNN7EXAMPLE",
    b"wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
    # jwt.io, the debugger's samples (HS256, old and new)
    b"eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJzdWIiOiIxMjM0NTY3ODkwIiwibmFtZSI6IkpvaG4gRG9lIiwiaWF0IjoxNTE2MjM5MDIyfQ"
    b".SflKxwRJSMeKKF2QT4fwpMeJf36POk6yJV_adQssw5c",
    b"eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJzdWIiOiIxMjM0NTY3ODkwIiwibmFtZSI6IkpvaG4gRG9lIiwiYWRtaW4iOnRydWV9"
    b".TJVA95OrM7E2cBab30RMHrHDcEfxjoYZgeFONFh7HgQ",
    b"eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJzdWIiOiIxMjM0NTY3ODkwIiwibmFtZSI6IkpvaG4gRG9lIiwiYWRtaW4iOnRydWUsImlhdCI6"
    b"MTUxNjIzOTAyMn0.KMUFsIDTnFmyG3nMiGM6H9FNFUROf3wh7SmqJp-QV30",
    # RFC 7519, section 3.1
    b"eyJ0eXAiOiJKV1QiLA0KICJhbGciOiJIUzI1NiJ9.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS"
    b"9pc19yb290Ijp0cnVlfQ.dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk",
    # Stripe, "API keys": the test key of its documentation
    b"sk_test_4eC39HqLyjWDarjtT1zdp7dc", b"sk_test_BQokikJOvBiI2HlWgH4olfQ2",
    # GitHub, "Authorizing OAuth apps" (gho_) and "Refreshing user-to-server access tokens" (ghu_, ghr_)
    b"gho_16C7e42F292c6912E7710c838347Ae178B4a", b"ghu_16C7e42F292c6912E7710c838347Ae178B4a",
    b"ghr_1B4a2e77838347a7E420ce178F2E7c6912E1",  # as far as the rule reads it
    # SendGrid, "What is my API key?"
    b"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",
    # Slack, "Sending messages using incoming webhooks"
    b"https://hooks.slack.com/services/T00000000/B00000000/XXXXXXXXXXXXXXXXXXXXXXXX",
}
