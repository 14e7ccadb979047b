import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench.privacy import mask


def masked(text):
    return mask(text)[0]


@pytest.mark.parametrize(("text", "expected"), [
    ("mail me at jo.tan+shop@example.com.sg please", "mail me at [EMAIL] please"),
    ("邮箱zhang_san@example.com，回我", "邮箱[EMAIL]，回我"),
    ("jo (at) example (dot) com", "[EMAIL]"),
    ("电话13800138000打不通", "电话[PHONE]打不通"),
    ("打138-0013-8000", "打[PHONE]"),
    ("+86 138 0013 8000", "[PHONE]"),
    ("座机010-62781234转801", "座机[PHONE]"),
    ("客服400-820-8820", "客服[PHONE]"),
    ("call +65 9123 4567 or 91234567", "call [PHONE] or [PHONE]"),
    ("(415) 555-0132", "[PHONE]"),
    ("ring 07700 900123", "ring [PHONE]"),
    ("+49 30 901820", "[PHONE]"),
    ("身份证11010519491231002X的", "身份证[ID]的"),
    ("NRIC S1234567D", "NRIC [ID]"),
    ("SSN 123-45-6789", "SSN [ID]"),
    ("卡号4111111111111111被扣", "卡号[CARD]被扣"),
    ("5500-0000-0000-0004", "[CARD]"),
    ("加我微信:liwei_2026聊", "加我微信:[ACCOUNT]聊"),
    ("QQ 123456789", "QQ [ACCOUNT]"),
])
def test_personal_data_are_masked(text, expected):
    assert masked(text) == expected


@pytest.mark.parametrize("text", [
    "it cost 129.90 and holds 0.8 L", "arrived 2026-11-15, order 20261115", "55 × 36 × 23 cm, 2600 mAh",
    "1200 W kettle from 2024-2025", "订单号 110105194912310021", "see you @ the shop", "买了3个，用了12000小时",
    "4111111111111112", "微信支付很方便", "sold 10000000 units", "model 6500K lamp",
])
def test_what_is_not_personal_stays(text):
    assert masked(text) == text


@given(st.text(max_size=60), st.text(max_size=60),
       st.sampled_from(["li@example.com", "13800138000", "4111111111111111", "11010519491231002X"]))
def test_nothing_slips_through_between_chinese_characters(before, after, secret):
    assert secret not in masked(before + "的" + secret + "的" + after)


@given(st.text(st.sampled_from("0123456789 -+().@abX的[]PHONE"), max_size=40))
def test_masking_twice_is_masking_once(text):
    once = masked(text)
    assert masked(once) == once


def test_counts_tell_what_was_found():
    assert dict(mask("a@b.com, c@d.org, 13800138000")[1]) == {"EMAIL": 2, "PHONE": 1}
