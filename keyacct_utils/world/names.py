"""Names of companies and account managers, in Chinese and in English."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

#: Syllables of invented brands: (hanzi, pinyin).
_FIRST = (
    ("华", "Hua"), ("鑫", "Xin"), ("恒", "Heng"), ("瑞", "Rui"), ("泰", "Tai"), ("宏", "Hong"), ("远", "Yuan"), ("金", "Jin"),
    ("盛", "Sheng"), ("博", "Bo"), ("嘉", "Jia"), ("润", "Run"), ("德", "De"), ("安", "An"), ("永", "Yong"), ("广", "Guang"),
    ("新", "Xin"), ("福", "Fu"), ("天", "Tian"), ("东", "Dong"), ("海", "Hai"), ("明", "Ming"), ("正", "Zheng"), ("万", "Wan"),
    ("南", "Nan"), ("北", "Bei"), ("江", "Jiang"), ("云", "Yun"), ("青", "Qing"), ("长", "Chang"), ("凯", "Kai"), ("锦", "Jin"),
)  # fmt: skip
_SECOND = (
    ("达", "da"), ("丰", "feng"), ("隆", "long"), ("通", "tong"), ("源", "yuan"), ("业", "ye"), ("和", "he"), ("昌", "chang"),
    ("茂", "mao"), ("利", "li"), ("兴", "xing"), ("祥", "xiang"), ("宇", "yu"), ("辉", "hui"), ("川", "chuan"), ("峰", "feng"),
    ("城", "cheng"), ("阳", "yang"), ("林", "lin"), ("信", "xin"), ("邦", "bang"), ("科", "ke"), ("诚", "cheng"), ("元", "yuan"),
    ("庆", "qing"), ("康", "kang"), ("弘", "hong"), ("岳", "yue"), ("河", "he"), ("洋", "yang"), ("友", "you"), ("捷", "jie"),
)  # fmt: skip
#: What an account of a sector is called: the endings that follow its brand, (Chinese, English).
_FORMS = {
    "coal": (("煤业有限公司", "Coal"), ("煤矿", "Colliery"), ("洗煤厂", "Coal Washing"), ("焦煤集团", "Coking Coal Group")),
    "steel": (("钢铁有限公司", "Steel"), ("特钢厂", "Special Steel"), ("铸造厂", "Foundry"), ("轧钢厂", "Rolling Mill")),
    "chemical": (("化工有限公司", "Chemical"), ("化肥厂", "Fertiliser"), ("氯碱厂", "Chlor-Alkali"), ("新材料公司", "Materials")),
    "textile": (("纺织有限公司", "Textile"), ("印染厂", "Dyeing"), ("棉纺厂", "Cotton Mill"), ("服装公司", "Garments")),
    "machinery": (("机械有限公司", "Machinery"), ("重工公司", "Heavy Industry"), ("轴承厂", "Bearings"), ("电机厂", "Motors")),
    "transport": (("物流公司", "Logistics"), ("港务公司", "Port Services"), ("公交公司", "Buses"), ("货运站", "Freight Depot")),
    "government": (
        ("区政务中心", "Government Centre"), ("区水务局", "Water Bureau"),
        ("区公安分局", "Public Security"), ("污水处理厂", "Sewage Works"),
    ),
    "finance": (
        ("银行数据中心", "Bank Data Centre"), ("村镇银行", "Rural Bank"), ("保险公司", "Insurance"), ("证券营业部", "Securities"),
    ),
    "health_education": (("医院", "Hospital"), ("职业学院", "College"), ("中学", "School"), ("体检中心", "Health Centre")),
}  # fmt: skip
_SURNAMES = "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗梁宋郑谢韩唐冯于董萧"
_GIVEN = (
    "敏", "伟", "静", "建国", "丽", "强", "芳", "志明", "娟", "涛",
    "晓燕", "军", "洁", "海波", "玲", "鹏", "雪梅", "杰", "慧", "国庆",
)  # fmt: skip


Forms = Mapping[str, tuple[tuple[str, str], ...]]


def company_names(
    rng: np.random.Generator, sectors: np.ndarray, forms_of: Forms = _FORMS, town: str = "临江"
) -> tuple[np.ndarray, np.ndarray]:
    """One unique Chinese and English name for each account of the given sectors.

    Brands are drawn without replacement; beyond the 1,024 brands a name carries a
    number (2号), as branches of a firm do.
    """
    brands = len(_FIRST) * len(_SECOND)
    order = np.concatenate([rng.permutation(brands) for _ in range(-(-len(sectors) // brands))])[
        : len(sectors)
    ]
    forms = rng.integers(0, 4, len(sectors))
    chinese, english = [], []
    for i, (sector, brand, form) in enumerate(zip(sectors, order, forms, strict=True)):
        first, second = _FIRST[brand // len(_SECOND)], _SECOND[brand % len(_SECOND)]
        zh, en = forms_of[str(sector)][form]
        turn = i // brands
        chinese.append(f"{town}{first[0]}{second[0]}{f'{turn + 1}号' if turn else ''}{zh}")
        english.append(f"{first[1]}{second[1]}{f' No. {turn + 1}' if turn else ''} {en}")
    return _unique(np.array(chinese, dtype=object)), _unique(np.array(english, dtype=object))


def _unique(names: np.ndarray) -> np.ndarray:
    """Number the later of two equal names (two brands may sound alike in pinyin)."""
    seen: dict[str, int] = {}
    out = []
    for name in names:
        seen[name] = seen.get(name, 0) + 1
        out.append(name if seen[name] == 1 else f"{name} ({seen[name]})")
    return np.array(out, dtype=object)


def manager_names(rng: np.random.Generator, count: int) -> np.ndarray:
    """Names of account managers, unique up to 600 of them."""
    pairs = len(_SURNAMES) * len(_GIVEN)
    order = np.concatenate([rng.permutation(pairs) for _ in range(-(-count // pairs))])[:count]
    return np.array(
        [_SURNAMES[k % len(_SURNAMES)] + _GIVEN[k // len(_SURNAMES)] for k in order], dtype=object
    )
