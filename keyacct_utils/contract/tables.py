"""The data contract: one declaration per table.

Validation, the data dictionary, the commented ``book.toml`` template, the readiness map and
the synthetic book all read these declarations; no column is described anywhere else.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Literal

Kind = Literal["id", "text", "category", "money", "number", "integer", "flag", "date"]

#: Money is carried as an integer count of this fraction of the currency unit.
MONEY_SCALE = 10_000
#: Amounts per written unit (an export often counts in 万元).
UNIT_FACTORS = {
    "元": 1, "千元": 1_000, "万元": 10_000, "百万元": 1_000_000, "亿元": 100_000_000,
    "仟元": 1_000, "萬元": 10_000, "百萬元": 1_000_000, "億元": 100_000_000,
}  # fmt: skip

SECTORS = (
    "coal",
    "steel",
    "chemical",
    "textile",
    "machinery",
    "transport",
    "government",
    "finance",
    "health_education",
)
LINES = {"P": "power supply", "S": "energy services", "E": "electrical equipment"}
#: Which cost driver of ``cost_pools`` an activity type counts towards (kilometres are part of a visit).
DRIVER_OF_ACTIVITY = {
    "visit": "visits", "call": "calls", "quote": "quotes",
    "survey": "cases", "complaint": "cases", "urgent": "urgent_jobs",
}  # fmt: skip
#: Event codes of the credit rule, by the section of S002-7 in which the rule lists them.
CREDIT_CODES = {
    3: ("arrears", "arrears_made_good", "false_account", "whereabouts_told"),
    4: ("accident_inside", "branch_switch_trip", "substation_switch_trip", "accident_concealed",
        "electrician_unqualified", "operating_rules_deficient"),
    5: ("theft", "contract_breach", "construction_obstructed", "facilities_damaged", "offence_reported"),
    6: ("bad_faith_contract", "tests_refused", "inspection_refused", "not_rectified", "dispatch_rules_ignored"),
}  # fmt: skip


@dataclass(frozen=True)
class Column:
    """One column: what it holds, in which unit, and what a valid value is."""

    name: str
    kind: Kind
    unit: str
    meaning: str
    chinese: str
    required: bool = False
    #: The column of the table that may stand in the place of a required one.
    instead: str = ""
    low: float | None = None
    high: float | None = None
    above: float | None = None
    allowed: tuple[str | float, ...] = ()
    example: str = ""

    @property
    def expected(self) -> str:
        """The valid values in words, as a fault message and the data dictionary state them."""
        kinds = {
            "id": "an identifier", "text": "text", "category": "text", "money": "an amount", "number": "a number",
            "integer": "a whole number", "flag": "0 or 1", "date": "a date such as 2024-03-05",
        }  # fmt: skip
        if self.allowed:
            return "one of " + ", ".join(
                f"{value:g}" if isinstance(value, float) else str(value) for value in self.allowed
            )
        limits = [
            text
            for bound, text in (
                (self.above, f"above {self.above:g}" if self.above is not None else ""),
                (self.low, f"at least {self.low:g}" if self.low is not None else ""),
                (self.high, f"at most {self.high:g}" if self.high is not None else ""),
            )
            if bound is not None
        ]
        return kinds[self.kind] + (" " + " and ".join(limits) if limits else "")


@dataclass(frozen=True)
class Table:
    """One table: its columns, key, reference to accounts, and whether it grows with the business."""

    name: str
    meaning: str
    chinese: str
    key: tuple[str, ...]
    columns: tuple[Column, ...]
    large: bool = False
    #: Whether columns that the contract does not name are taken as they are, numbers as numbers and
    #: other values as categories.
    further: bool = False
    #: (predicate in SQL over the parsed columns that must hold, the columns it needs, what it says)
    rules: tuple[tuple[str, tuple[str, ...], str], ...] = field(default=())

    def column(self, name: str) -> Column:
        """The declaration of one column. An unknown name is a ValueError."""
        for column in self.columns:
            if column.name == name:
                return column
        raise ValueError(
            f"table {self.name} has no column {name!r}; it has {', '.join(self.names)}"
        )

    @property
    def names(self) -> tuple[str, ...]:
        """All column names, in order."""
        return tuple(column.name for column in self.columns)

    @property
    def required(self) -> tuple[str, ...]:
        """The columns without which the table cannot be used."""
        return tuple(column.name for column in self.columns if column.required)


ACCOUNT_ID = Column(
    "account_id",
    "id",
    "",
    "account, the customer that is managed",
    "客户编号",
    True,
    example="A0001",
)
MANAGER_ID = Column(
    "manager_id", "id", "", "account manager who owns the account", "客户经理编号", example="M07"
)


def _scores(
    prefix: str, count: int, meaning: str, chinese: str, width: int = 1
) -> tuple[Column, ...]:
    def item(i: int) -> Column:
        name = f"{prefix}{i:0{width}d}"
        return Column(
            name,
            "integer",
            "points 1-10",
            f"{meaning}, item {i}",
            f"{chinese}{i}",
            low=1,
            high=10,
            example="8",
        )

    return tuple(map(item, range(1, count + 1)))


def _columns(*groups: Column | Iterable[Column]) -> tuple[Column, ...]:
    flat: list[Column] = []
    for group in groups:
        flat.extend([group] if isinstance(group, Column) else group)
    return tuple(flat)


_C = Column

TABLES: dict[str, Table] = {
    table.name: table
    for table in (
        Table("accounts", "one row per account", "客户档案", ("account_id",), _columns(
            ACCOUNT_ID,
            _C("name_zh", "text", "", "name in Chinese", "客户名称", example="临江第一钢铁厂"),
            _C("name_en", "text", "", "name in English", "英文名称", example="Linjiang Steel No. 1"),
            _C("sector", "category", "", "industry", "行业", example="steel"),
            _C("district", "category", "", "supply district", "供电区域", example="D3"),
            _C("ownership", "category", "", "form of ownership", "所有制", example="state"),
            _C("voltage_kv", "number", "kV", "supply voltage", "供电电压", above=0, example="35"),
            _C("capacity_kva", "number", "kVA", "contracted transformer capacity", "合同容量", low=0, example="12000"),
            _C("power_factor", "number", "ratio 0-1", "mean power factor of the year", "功率因数", above=0, high=1, example="0.93"),
            _C("avg_monthly_fee", "money", "currency", "mean monthly fee, where no ledger gives it", "月均电费", low=0, example="5200000"),
            _C("fee_recovery", "number", "share 0-1", "fees recovered in the year, where no invoices give it", "电费回收率", low=0, high=1, example="0.97"),
            _C("yoy", "number", "share", "growth of volume on the year before, where no ledger gives it", "同比增长", low=-1, example="0.04"),
            _C("start_date", "date", "", "first day of the relationship", "开户日期", example="2012-06-01"),
            _C("tenure_y", "number", "years", "length of the relationship at the end of the book", "合作年限", low=0, example="12.6"),
            _C("central_purchase", "flag", "", "buys for all sites centrally", "统一采购", example="1"),
            _C("purchase_pattern", "category", "", "sustained or one-off demand", "采购方式", allowed=("sustained", "one_off"), example="sustained"),
            _C("important_type", "flag", "", "supply must not fail: government, hospital, finance, telecom, utility", "重要型", example="0"),
            _C("lighting_user", "flag", "", "lighting user, scored on two credit sections only", "照明户", example="0"),
            _C("priority_project", "flag", "", "city key, company-assigned or livelihood project", "重点项目", example="0"),
            _C("listed_ka", "flag", "", "stands on the firm's key-account list", "在册大客户", example="1"),
            MANAGER_ID,
            _C("group_id", "id", "", "group of companies that the account belongs to", "集团编号", example="G012"),
            _C("centre_of_influence", "flag", "", "others in the industry follow it", "行业标杆", example="0"),
        )),
        Table("account_profile", "what is known of the account's own business", "客户画像", ("account_id",), _columns(
            ACCOUNT_ID,
            _C("employees", "integer", "persons", "staff of the account", "员工人数", low=0, example="850"),
            _C("revenue_m", "number", "million currency", "the account's own yearly revenue", "营业收入", low=0, example="420"),
            _C("growth", "number", "share", "expected growth of the account's own business", "成长性", low=-1, example="0.06"),
            _C("credit_ext", "category", "", "external credit grade", "外部信用等级", allowed=("A", "B", "C", "D"), example="B"),
            _C("industry_rank", "integer", "rank", "rank in its industry, 1 = leader", "行业排名", low=1, example="4"),
            _C("sales_potential", "money", "currency per year", "expected yearly sales at full potential", "潜在销售额", low=0, example="64000000"),
            _C("selling_cost", "money", "currency per year", "discount, entertainment and finance cost of selling", "营销费用", low=0, example="310000"),
            _C("social_value", "number", "points 0-100", "public standing and reach", "社会价值", low=0, high=100, example="55"),
            _C("innovation", "number", "points 0-10", "strength in absorbing technology", "技术吸纳能力", low=0, high=10, example="6"),
            _C("market_power", "number", "points 0-10", "strength in developing markets", "市场开拓能力", low=0, high=10, example="7"),
            _C("service_demand", "number", "points 0-10", "demand for service", "服务需求", low=0, high=10, example="5"),
            _C("business_attractiveness", "number", "points 0-10", "attractiveness of the account's business", "业务吸引力", low=0, high=10, example="6"),
            _C("relationship_strength", "number", "points 0-10", "strength of the relationship", "关系强度", low=0, high=10, example="7"),
            _C("management_difficulty", "number", "points 0-10", "difficulty of managing the account", "管理难度", low=0, high=10, example="4"),
            _C("relative_strength", "number", "points 0-10", "our strength relative to the best rival", "相对竞争力", low=0, high=10, example="6"),
            _C("product_fit", "flag", "", "our product fits the need", "产品匹配", example="1"),
            _C("cross_region", "flag", "", "runs sites in several regions", "跨区域", example="0"),
            _C("rival_target", "flag", "", "courted by a rival", "竞争对手目标", example="0"),
            _C("brand_harm", "flag", "", "harms the supplier's name", "损害品牌", example="0"),
            _C("quality_flag", "flag", "", "has special needs of power quality", "电能质量要求", example="0"),
            _C("operation_score", "number", "points 0-5", "operating condition as judged by field staff", "经营状况评分", low=0, high=5, example="4"),
            _C("development_score", "number", "points 0-5", "prospects as judged by field staff", "发展前景评分", low=0, high=5, example="3"),
            _C("file_organisation", "text", "", "account file: organisation and decision structure", "档案:组织", example="on file"),
            _C("file_trend", "text", "", "account file: business trend", "档案:经营", example="on file"),
            _C("file_credit", "text", "", "account file: credit", "档案:信用", example="on file"),
            _C("file_history", "text", "", "account file: history of dealings", "档案:交易", example="on file"),
        )),
        Table("managers", "one row per account manager", "客户经理", ("manager_id",), _columns(
            _C("manager_id", "id", "", "account manager", "客户经理编号", True, example="M07"),
            _C("name_zh", "text", "", "name in Chinese", "姓名", example="王敏"),
            _C("team", "category", "", "team", "班组", example="T2"),
            _C("hours_per_month", "number", "hours", "working hours a month", "月工时", above=0, example="166"),
            _C("salary", "money", "currency per year", "yearly cost of the manager", "年薪", low=0, example="180000"),
        )),
        Table("ledger", "transactions: one row per posting, or per account, line and month", "销售明细", (), _columns(
            _C("date", "date", "", "posting date; the first of the month in a monthly ledger", "日期", example="2024-03-01"),
            ACCOUNT_ID,
            _C("manager_id", "id", "", "who sold it; where accounts name no owner, who sold an account the most in the time looked at owns it", "销售员编号", example="M07"),
            _C("line", "category", "", "line of business", "业务线", example="P"),
            _C("volume", "number", "kWh or pieces", "quantity sold", "数量", example="1250000"),
            _C("list_price", "number", "currency per unit", "price before discount", "标价", low=0, example="0.68"),
            _C("discount_pct", "number", "percent 0-100", "discount on the list price", "折扣", low=0, high=100, example="3"),
            _C("revenue", "money", "currency", "net amount after discount; returns are negative", "销售额", True, example="824500.00"),
            _C("cost_goods", "money", "currency", "cost of what was sold", "销售成本", example="700800.00"),
            _C("contact_id", "id", "", "person of the account who ordered", "订货联系人", example="K0001"),
        ), large=True),
        Table("invoices", "one row per invoice", "发票", ("invoice_id",), _columns(
            _C("invoice_id", "id", "", "invoice", "发票号", True, example="I000001"),
            ACCOUNT_ID,
            _C("line", "category", "", "line of business", "业务线", example="P"),
            _C("issue", "date", "", "date of issue; due alone will do", "开票日期", True, instead="due", example="2024-03-31"),
            _C("due", "date", "", "date by which payment is due", "到期日", example="2024-04-30"),
            _C("amount", "money", "currency", "amount invoiced; a credit note is negative", "开票金额", True, example="824500.00"),
            _C("paid_date", "date", "", "date of the last payment, empty while unpaid", "付款日期", example="2024-04-22"),
            _C("paid_amount", "money", "currency", "amount paid so far", "已付金额", example="824500.00"),
            _C("terms_code", "category", "", "payment terms", "付款条件", example="T1"),
            _C("disputed", "flag", "", "the account disputes the invoice", "争议", example="0"),
        ), large=True, rules=(("due >= issue", ("due", "issue"), "due on or after issue"),)),
        Table("reminders", "overdue bills, and whether a reminder was sent", "催收记录", ("reminder_id",), _columns(
            _C("reminder_id", "id", "", "overdue bill that was or was not reminded of", "催收编号", True, example="Q00001"),
            ACCOUNT_ID,
            _C("date", "date", "", "day on which it was decided", "日期", example="2025-01-21"),
            _C("amount", "money", "currency", "amount of the bill", "金额", low=0, example="3200.00"),
            _C("by_lot", "flag", "", "a lot decided; 0 where somebody chose", "随机分配", example="1"),
            _C("reminded", "flag", "", "a reminder was sent", "已催收", True, example="1"),
            _C("paid", "flag", "", "paid within 30 days of that day", "已付款", True, example="0"),
        ), large=True),
        Table("activities", "one row per contact or service job", "服务活动", ("activity_id",), _columns(
            _C("activity_id", "id", "", "activity", "活动编号", True, example="V000001"),
            _C("date", "date", "", "day of the activity", "日期", True, example="2024-03-05"),
            ACCOUNT_ID,
            MANAGER_ID,
            _C("type", "category", "", "kind of activity", "活动类型", True, allowed=tuple(DRIVER_OF_ACTIVITY), example="visit"),
            _C("minutes", "number", "minutes", "time spent", "时长", low=0, example="45"),
            _C("km", "number", "km", "distance travelled", "里程", low=0, example="18.5"),
            _C("hours_to_answer", "number", "hours", "complaints: hours until answered", "答复时长", low=0, example="26"),
        ), large=True),
        Table("cost_pools", "cost of each team and month with its driver counts", "成本池", ("month", "team"), _columns(
            _C("month", "date", "", "first day of the month", "月份", True, example="2024-03-01"),
            _C("team", "category", "", "team", "班组", True, example="T2"),
            _C("cost", "money", "currency", "cost of the pool", "成本", True, low=0, example="412000.00"),
            *(_C(driver, "integer", "count", f"driver count: {driver.replace('_', ' ')}", zh, low=0, example="120")
              for driver, zh in (("visits", "走访次数"), ("calls", "电话次数"), ("quotes", "报价次数"), ("cases", "回访与投诉件数"), ("urgent_jobs", "紧急任务数"))),
        )),
        Table("credit_events", "events that the credit rule scores", "信用事件", ("event_id",), _columns(
            _C("event_id", "id", "", "event", "事件编号", True, example="C00001"),
            _C("date", "date", "", "day of the event; of arrears, the first day of the month owed", "日期", True, example="2024-02-01"),
            ACCOUNT_ID,
            _C("section", "integer", "", "section of the rule: 3 commercial, 4 safety, 5 legal, 6 cooperation", "信用类别", allowed=(3.0, 4.0, 5.0, 6.0), example="3"),
            _C("code", "category", "", "what happened", "事件代码", True, allowed=tuple(code for codes in CREDIT_CODES.values() for code in codes), example="arrears"),
            _C("months", "integer", "months", "arrears: how long they lasted", "持续月数", low=1, example="1"),
            _C("persons", "integer", "persons", "unqualified electricians found", "人数", low=1, example="1"),
            _C("note", "text", "", "remark", "备注", example=""),
        ), large=True),
        Table("defaults", "who defaulted in the window after the credit events", "违约", ("account_id",), _columns(
            ACCOUNT_ID,
            _C("window_start", "date", "", "first day of the twelve months", "观察期起始", example="2024-01-01"),
            _C("default_12m", "flag", "", "defaulted within twelve months", "违约", True, example="0"),
        )),
        Table("credit_features", "a credit score or rating of one's own, who defaulted, and what is known of each account", "信用特征", ("account_id",), _columns(
            ACCOUNT_ID,
            _C("defaulted", "flag", "", "defaulted after the day of the features", "违约", True, example="0"),
            _C("date", "date", "", "day on which the features were known", "日期", example="2024-01-01"),
            _C("score", "number", "points", "credit score of one's own; more points are safer", "信用评分", example="640"),
            _C("rating", "category", "", "credit rating of one's own; its order is that of the alphabet, the best first", "信用评级", example="B"),
            _C("exposure", "money", "currency", "amount owed at default", "风险敞口", low=0, example="52000"),
        ), further=True),
        Table("survey", "one row per questionnaire", "满意度调查", ("respondent",), _columns(
            _C("respondent", "id", "", "questionnaire", "问卷编号", True, example="R0001"),
            ACCOUNT_ID,
            MANAGER_ID,
            _C("year", "integer", "year", "year of the survey", "年份", low=1990, high=2100, example="2024"),
            _scores("E", 3, "expectations", "期望"),
            _scores("Q", 3, "perceived quality", "感知质量"),
            _scores("V", 3, "perceived value", "感知价值"),
            _scores("S", 3, "satisfaction", "满意"),
            _scores("L", 2, "loyalty", "忠诚"),
            _C("complaint", "flag", "", "complained in the year", "投诉", example="0"),
            _C("hours_to_answer", "number", "hours", "hours until the complaint was answered", "答复时长", low=0, example="30"),
            _C("recommend", "integer", "points 0-10", "would recommend us", "推荐意愿", low=0, high=10, example="8"),
            _scores("perceived_", 22, "service as perceived (SERVQUAL)", "感知服务", 2),
            _scores("expected_", 22, "service as expected (SERVQUAL)", "期望服务", 2),
            *(_C(f"value_{name}", "number", "points 0-100", f"delivered value: {name} value", f"{zh}价值", low=0, high=100, example="70")
              for name, zh in (("product", "产品"), ("service", "服务"), ("personnel", "人员"), ("image", "形象"))),
            *(_C(f"cost_{name}", "number", "points 0-100", f"delivered value: {name} cost", f"{zh}成本", low=0, high=100, example="35")
              for name, zh in (("money", "货币"), ("time", "时间"), ("energy", "体力"), ("mental", "精神"))),
        )),
        Table("ties", "what binds the account to us", "关系纽带", ("account_id",), _columns(
            ACCOUNT_ID,
            _C("rebate_pct", "number", "percent 0-100", "rebate granted", "返利", low=0, high=100, example="2"),
            _C("price_guarantee", "flag", "", "promise of price compensation", "价格补偿承诺", example="0"),
            _C("named_contacts", "integer", "persons", "contacts known by name", "熟识联系人", low=0, example="3"),
            _C("visits_year", "integer", "visits per year", "visits by the manager", "年走访次数", low=0, example="6"),
            _C("events_year", "integer", "events per year", "seminars and club events attended", "年活动次数", low=0, example="1"),
            _C("club_member", "flag", "", "member of the customer club", "俱乐部会员", example="0"),
            _C("shared_system", "flag", "", "systems of both sides are linked", "系统对接", example="0"),
            _C("joint_equipment", "flag", "", "equipment bought or run together", "共建设备", example="0"),
            _C("onsite_service", "flag", "", "our staff works on the site", "驻点服务", example="0"),
            _C("contract_years", "number", "years", "length of the contract", "合同年限", low=0, example="1"),
            _C("account_value", "number", "standard deviations", "value score of the account when the tie was formed", "客户价值", example="0.4"),
            _C("bond_level", "integer", "level", "relationship level as set by the first rater", "关系层级", allowed=(1.0, 2.0, 3.0), example="2"),
            _C("bond_level_rater2", "integer", "level", "relationship level as set by a second rater", "关系层级(复评)", allowed=(1.0, 2.0, 3.0), example="2"),
        )),
        Table("renewals", "offers to renew a contract against a rival's price", "续约与报价", ("renewal_id",), _columns(
            _C("renewal_id", "id", "", "renewal", "续约编号", True, example="N0001"),
            ACCOUNT_ID,
            _C("date", "date", "", "day of the decision", "日期", True, example="2023-05-01"),
            _C("our_price", "number", "currency per unit", "our price", "我方价格", True, above=0, example="0.70"),
            _C("rival_price", "number", "currency per unit", "the rival's price", "对手价格", True, above=0, example="0.66"),
            _C("bond_level", "integer", "level", "relationship level at the time", "关系层级", allowed=(1.0, 2.0, 3.0), example="1"),
            _C("months_since_offer", "integer", "months", "months since our level-1 offer was made", "距优惠月数", low=0, example="5"),
            _C("renewed", "flag", "", "renewed with us", "续约", True, example="1"),
        ), large=True),
        Table("price_months", "what accounts bought at prices that move, month by month, kept by its own book", "月度量价", ("month", "account_id"), _columns(
            _C("month", "date", "", "first day of the month", "月份", True, example="2024-03-01"),
            ACCOUNT_ID,
            _C("volume", "number", "kWh or pieces", "quantity, as it was read", "数量", True, low=0, example="48210"),
            _C("amount", "money", "currency", "what was billed", "金额", example="24105.00"),
            _C("price", "number", "currency per unit", "price that was agreed for the month", "成交单价", True, above=0, example="0.5"),
            _C("list_price", "number", "currency per unit", "price that was posted for all, before discount", "挂牌价", above=0, example="0.56"),
            _C("unit_cost", "number", "currency per unit", "what a unit cost us", "单位成本", low=0, example="0.42"),
            _C("risk", "number", "points 0-10", "how likely the account looked to leave, noted before the price was set", "流失风险评分", low=0, high=10, example="4"),
        ), large=True),
        Table("tou_months", "use and prices by time of day, month by month", "分时电量", ("month", "account_id"), _columns(
            _C("month", "date", "", "first day of the month", "月份", True, example="2024-03-01"),
            ACCOUNT_ID,
            _C("peak_volume", "number", "kWh", "use at peak", "峰段电量", True, low=0, example="180000"),
            _C("flat_volume", "number", "kWh", "use between", "平段电量", True, low=0, example="160000"),
            _C("valley_volume", "number", "kWh", "use in the valley", "谷段电量", True, low=0, example="120000"),
            _C("peak_price", "number", "currency per kWh", "price at peak", "峰段电价", True, above=0, example="1.05"),
            _C("flat_price", "number", "currency per kWh", "price between", "平段电价", True, above=0, example="0.65"),
            _C("valley_price", "number", "currency per kWh", "price in the valley", "谷段电价", True, above=0, example="0.32"),
            _C("max_demand", "number", "kW", "highest demand of the month", "最大需量", low=0, example="1200"),
            _C("holiday_volume", "number", "kWh", "use on public holidays, part of the others", "节假日电量", low=0, example="15000"),
        ), large=True),
        Table("price_survey", "at which prices an offer would be too cheap, cheap, expensive, too expensive", "价格敏感度调查", ("respondent",), _columns(
            _C("respondent", "id", "", "who was asked", "受访者编号", True, example="W001"),
            _C("too_cheap", "number", "currency", "so cheap that its quality is doubted", "过于便宜", True, low=0, example="1800"),
            _C("cheap", "number", "currency", "a bargain", "便宜", True, low=0, example="2400"),
            _C("expensive", "number", "currency", "dear, but still considered", "较贵", True, low=0, example="3600"),
            _C("too_expensive", "number", "currency", "too dear to consider", "过于昂贵", True, low=0, example="4500"),
        ), large=True),
        Table("subscriptions", "one row per line of service that runs, or has ended", "订购明细", ("subscription_id",), _columns(
            _C("subscription_id", "id", "", "line of service", "订购编号", True, example="B00001"),
            ACCOUNT_ID,
            _C("product", "category", "", "what is subscribed to", "产品", example="maintenance"),
            _C("start", "date", "", "first day of the line", "开始日期", True, example="2021-04-01"),
            _C("end", "date", "", "last day of the line, empty while it runs", "结束日期", example="2023-08-15"),
            _C("end_reason", "category", "", "why it ended, in words of one's own", "流失原因", example="rival_price"),
            _C("rival", "category", "", "the rival that has it now", "竞争对手", example="R2"),
            _C("yearly_value", "money", "currency per year", "what the line brings in a year", "年价值", low=0, example="36000.00"),
            _C("price_gap", "number", "percent", "by how much our price is above the best rival's, when last compared", "价格差距", example="4.5"),
            _C("missed_visits", "flag", "", "planned visits were missed in the year", "走访缺失", example="0"),
            _C("satisfaction", "number", "points 0-100", "satisfaction with the line, when last asked", "满意度", low=0, high=100, example="72"),
        ), large=True, rules=(('"end" >= start', ("end", "start"), "end on or after start"),)),
        Table("market_index", "how busy the whole market was, month by month", "市场指数", ("month",), _columns(
            _C("month", "date", "", "first day of the month", "月份", True, example="2024-03-01"),
            _C("level", "number", "index", "level of the market, such as an index of activity of the trade", "指数", True, above=0, example="103.4"),
        )),
        Table("sector_months", "contribution of each sector, month by month, adjusted for season", "行业月度贡献", ("month", "sector"), _columns(
            _C("month", "date", "", "first day of the month", "月份", True, example="2024-03-01"),
            _C("sector", "category", "", "industry", "行业", True, example="steel"),
            _C("contribution", "money", "currency", "what the sector leaves after the cost of goods", "贡献", True, example="2450000.00"),
            _C("effort", "money", "currency", "spent on winning and serving the sector", "投入", low=0, example="800000.00"),
        )),
        Table("account_months", "contribution of the accounts that are followed by name, month by month", "重点客户月度贡献", ("month", "account_id"), _columns(
            _C("month", "date", "", "first day of the month", "月份", True, example="2024-03-01"),
            ACCOUNT_ID,
            _C("contribution", "money", "currency", "what the account leaves after the cost of goods, adjusted for season", "贡献", True, example="310000.00"),
        )),
        Table("contracts", "contracts with customers, kept by their own book: when each began, and ended", "服务合同", ("contract_id",), _columns(
            _C("contract_id", "id", "", "contract", "合同编号", True, example="K00001"),
            _C("kind", "category", "", "what is contracted; retention is looked at for each kind by itself", "合同种类", example="maintenance"),
            _C("size", "category", "", "size class of the customer", "规模", example="large"),
            _C("start", "date", "", "first day", "开始日期", True, example="2019-04-01"),
            _C("end", "date", "", "day on which it ended; empty while it runs", "结束日期", example="2022-04-01"),
            _C("margin", "money", "currency a year", "what it leaves a year after the cost of goods", "年毛利", example="42000.00"),
        ), large=True),
        Table("orders", "orders of customers that buy when they need something, kept by their own book", "零星订单", ("order_id",), _columns(
            _C("order_id", "id", "", "order", "订单编号", True, example="O00001"),
            _C("customer_id", "id", "", "customer of that book", "顾客编号", True, example="S0001"),
            _C("date", "date", "", "day of the order", "日期", True, example="2023-05-17"),
            _C("amount", "money", "currency", "what it brought", "金额", example="320.00"),
        ), large=True),
        Table("spend_trials", "money spent on one prospect to win it, or on one customer to keep it, and what came of it", "投入试验", ("trial_id",), _columns(
            _C("trial_id", "id", "", "trial", "试验编号", True, example="T00001"),
            _C("purpose", "category", "", "what the money was for", "目的", True, allowed=("win", "keep"), example="win"),
            _C("spent", "money", "currency", "spent on this one", "投入", True, low=0, example="2000.00"),
            _C("success", "flag", "", "won, or kept for another year", "成功", True, example="1"),
        ), large=True),
        Table("prospects", "small customers that might come, and of how many of our references each had heard", "潜在小客户", ("prospect_id",), _columns(
            _C("prospect_id", "id", "", "prospect", "潜在客户编号", True, example="P00001"),
            _C("heard", "integer", "", "references that it had heard of", "听说的标杆客户数", True, low=0, example="2"),
            _C("joined", "flag", "", "became a customer within the year", "成为客户", True, example="0"),
        ), large=True),
        Table("stage_history", "stage of the relationship with each account, quarter by quarter", "客户关系阶段", ("quarter", "account_id"), _columns(
            _C("quarter", "date", "", "first day of the quarter (or of the month or year, if all rows are of one)", "季度", True, example="2024-01-01"),
            ACCOUNT_ID,
            _C("stage", "category", "", "stage of the relationship, in words of one's own, such as build, stable, deep, lapsed", "关系阶段", True, example="stable"),
            _C("contribution", "money", "currency", "what the account left in that quarter; below zero where it cost more", "贡献", example="52000.00"),
        ), large=True),
        Table("visits", "visits to each account, quarter by quarter, those who were not visited too; an account with two owners has two rows", "客户走访", ("quarter", "account_id", "manager_id"), _columns(
            _C("quarter", "date", "", "first day of the quarter (or of the month or year, if all rows are of one)", "季度", True, example="2024-01-01"),
            ACCOUNT_ID,
            _C("manager_id", "id", "", "account manager who has the account in that quarter; empty where nobody has", "客户经理编号", example="M07"),
            _C("tier", "category", "", "class of service that the account is promised, in words of one's own", "服务等级", example="crystal"),
            _C("monthly_spend", "money", "currency per month", "monthly fee by which the class was set", "月消费", low=0, example="3150.00"),
            _C("visits", "integer", "visits", "visits made in the quarter; 0 where nobody came", "走访次数", True, low=0, example="2"),
            _C("calls", "integer", "calls", "calls made in the quarter", "电话次数", low=0, example="3"),
            _C("minutes", "number", "minutes", "minutes of service in the quarter", "服务时长", low=0, example="420"),
        ), large=True),
        Table("visit_trials", "visits of a quarter that were set by lot or chosen, and what they added to the account's margin", "走访试验", ("trial_id",), _columns(
            _C("trial_id", "id", "", "trial", "试验编号", True, example="W0001"),
            ACCOUNT_ID,
            _C("visits", "integer", "visits", "visits in the quarter", "走访次数", True, low=0, example="3"),
            _C("by_lot", "flag", "", "a lot set their number; 0 where somebody chose whom to visit", "随机分配", example="1"),
            _C("lift_pct", "number", "percent", "what the account's margin of the quarter came to above what was expected without visits, in percent of that", "毛利提升", True, example="7.40"),
        ), large=True),
        Table("contacts", "people of the accounts: what they decide, how they stand to us, when we last met", "联系人", ("contact_id",), _columns(
            _C("contact_id", "id", "", "person", "联系人编号", True, example="K0001"),
            ACCOUNT_ID,
            _C("name_zh", "text", "", "name, or how the person is called", "姓名", example="王处长"),
            _C("level", "category", "", "level in the account's house, in words of one's own, such as exec, mid, user", "层级", example="mid"),
            _C("role", "category", "", "part in a purchase, in words of one's own, such as decider, influencer, gatekeeper, buyer, user", "采购角色", example="decider"),
            _C("power", "number", "points 0-10", "weight of the person's word in a purchase", "影响力", low=0, high=10, example="7"),
            _C("stance", "number", "points -2 to 2", "how the person stands to us: -2 against, 2 for us", "态度", low=-2, high=2, example="1"),
            _C("champion", "flag", "", "counts for us as one who speaks for us inside", "支持者", example="0"),
            _C("talks", "category", "", "what is exchanged: information, emotion, behaviour, interest", "沟通层次", example="information"),
            _C("last_contact", "date", "", "day on which we last met or spoke; empty if never", "最近联系日期", example="2024-10-18"),
            _C("manager_id", "id", "", "who of us knows the person", "客户经理编号", example="M07"),
            _C("veto", "flag", "", "can stop a purchase alone, whatever the others say", "否决权", example="0"),
        ), large=True),
        Table("contact_ties", "who of an account reports to whom, advises whom and meets whom", "联系人关系", ("from_id", "to_id", "kind"), _columns(
            _C("from_id", "id", "", "person who reports, advises or meets", "起点联系人", True, example="K0002"),
            _C("to_id", "id", "", "person to whom", "终点联系人", True, example="K0001"),
            _C("kind", "category", "", "kind of tie, in words of one's own, such as reports, advises, meets", "关系类型", True, example="reports"),
        ), large=True),
        Table("departures", "people of accounts who left, and what became of the account", "联系人离任", ("departure_id",), _columns(
            _C("departure_id", "id", "", "departure", "离任编号", True, example="H0001"),
            _C("date", "date", "", "day on which the person left", "离任日期", example="2023-05-12"),
            ACCOUNT_ID,
            _C("contact_id", "id", "", "person who left", "联系人编号", example="K9001"),
            _C("threads", "integer", "persons", "people of the account whom we had met in the year before, the one who left among them", "离任前联系人数", True, low=0, example="1"),
            _C("lost", "flag", "", "the account, or a part of its sales that counts as lost, was gone within six months", "客户流失", True, example="0"),
            _C("sales_before", "money", "currency", "sales of the twelve months before (of that line, if one is named)", "离任前一年销售额", example="412000.00"),
            _C("line", "category", "", "line of the ledger that hung on the person, and whose loss is meant; empty for all sales", "所涉业务线", example="S"),
        ), large=True),
        Table("cases", "one row per case that has a beginning and an end, such as a connection project or an order", "办理工单", ("case_id",), _columns(
            _C("case_id", "id", "", "case", "工单编号", True, example="P0001"),
            ACCOUNT_ID,
            _C("start", "date", "", "day on which it was asked for", "开始日期", True, example="2024-03-05"),
            _C("end", "date", "", "day on which it was done, empty while it is open", "完成日期", example="2024-07-18"),
            _C("promise", "date", "", "day by which it was promised", "承诺日期", example="2024-07-31"),
            _C("district", "category", "", "district, region or office", "供电区域", example="D3"),
            _C("kind", "category", "", "kind of case, in words of one's own", "工单类型", example="new"),
            _C("kv", "number", "kV", "supply voltage", "供电电压", above=0, example="10"),
            _C("capacity_kva", "number", "kVA", "capacity asked for", "申请容量", low=0, example="1250"),
            _C("dual_source", "flag", "", "supplied from two sources", "双电源", example="0"),
            _C("complexity", "number", "points", "how difficult it was judged to be when it was asked for; more is harder", "复杂程度", low=0, example="3"),
            _C("priority", "flag", "", "city key, company-assigned or livelihood project", "重点项目", example="0"),
            _C("green_channel", "flag", "", "went through the green channel (or whatever was tried to make cases faster)", "绿色通道", example="1"),
            _C("meetings", "integer", "meetings", "coordination meetings held", "协调会次数", low=0, example="14"),
            _C("return_visit", "flag", "", "a return visit closed it", "办结回访", example="1"),
        ), large=True, rules=(('"end" >= start', ("end", "start"), "end on or after start"), ("promise >= start", ("promise", "start"), "promise on or after start"))),
        Table("case_events", "what was done for each case, from when to when", "办理环节", (), _columns(
            _C("case_id", "id", "", "case", "工单编号", True, example="P0001"),
            _C("activity", "category", "", "what was done, in words of one's own", "环节", True, example="survey"),
            _C("start", "date", "", "first day", "开始日期", True, example="2024-03-05"),
            _C("end", "date", "", "last day, empty while it runs", "完成日期", example="2024-03-08"),
            _C("delay_days", "integer", "working days", "days lost, as written down by who did it", "延误天数", low=0, example="4"),
            _C("cause", "category", "", "why they were lost, in words of one's own", "延误原因", example="equipment"),
        ), large=True, rules=(('"end" >= start', ("end", "start"), "end on or after start"),)),
        Table("feeders", "lines that customers are connected to, with what they carry", "配电线路", ("feeder",), _columns(
            _C("feeder", "id", "", "feeder", "线路编号", True, example="F01"),
            _C("district", "category", "", "district", "供电区域", example="D3"),
            _C("kv", "number", "kV", "voltage", "电压", True, above=0, example="10"),
            _C("mm2", "number", "mm2", "cross-section of the conductor", "截面积", above=0, example="70"),
            _C("amps", "number", "A", "current that the conductor carries", "允许载流量", True, above=0, example="275"),
            _C("load_a", "number", "A", "peak load", "最大负荷电流", True, low=0, example="251"),
        )),
        Table("manager_results", "what each manager did and what it brought, period by period", "客户经理业绩", ("manager_id", "period"), _columns(
            _C("manager_id", "id", "", "account manager", "客户经理编号", True, example="M07"),
            _C("period", "date", "", "first day of the period; all rows are of one length, such as quarters", "期间", True, example="2024-01-01"),
            _C("workdays", "number", "days", "working days", "工作日数", low=0, example="61"),
            _C("visits", "integer", "count", "visits made", "拜访次数", low=0, example="84"),
            _C("customer_days", "integer", "count", "customers visited, each counted once a day", "日访客户数合计", low=0, example="80"),
            _C("customers_visited", "integer", "count", "customers visited, each counted once in the period", "拜访客户数", low=0, example="31"),
            _C("customers_closed", "integer", "count", "customers that bought in the period", "成交客户数", low=0, example="28"),
            _C("sales", "money", "currency", "sales of the period", "销售额", example="5400000.00"),
            _C("cash_collected", "money", "currency", "cash sales and receivables collected", "现金回收额", low=0, example="5200000.00"),
            _C("receivables_opening", "money", "currency", "receivables at the beginning of the period", "期初应收账款", low=0, example="3100000.00"),
            _C("receivables_new", "money", "currency", "sales on credit of the period", "本期新增应收账款", low=0, example="4100000.00"),
            _C("receivables_collected", "money", "currency", "receivables collected in the period", "应收账款回收额", low=0, example="3900000.00"),
            _C("visit_cost", "money", "currency", "cost of the visits", "拜访费用", low=0, example="21000.00"),
            _C("target", "money", "currency", "sales target of the period", "销售目标", low=0, example="5500000.00"),
        )),
        Table("judge_scores", "points that judges gave: to proposals, or to managers in an appraisal", "评委评分", ("round", "case_id", "judge_id", "criterion"), _columns(
            _C("round", "category", "", "round of the contest, or the appraisal", "轮次", True, example="heat"),
            _C("case_id", "id", "", "proposal or person that is judged", "参评编号", True, example="P01"),
            _C("group", "category", "", "branch or team of the case", "所属单位", example="R1"),
            _C("judge_id", "id", "", "judge", "评委编号", True, example="J1"),
            _C("criterion", "category", "", "what the points are for", "评分项", True, example="total"),
            _C("score", "number", "points", "points given; more is better", "得分", True, low=0, example="78.5"),
        )),
        Table("targets", "targets and what was reached of each", "年度目标", ("target_id",), _columns(
            _C("target_id", "id", "", "target", "目标编号", True, example="G001"),
            _C("manager_id", "id", "", "account manager; empty for the whole firm", "客户经理编号", example="M07"),
            _C("measure", "category", "", "what is to be reached, in words of one's own", "指标", True, example="retention"),
            _C("kind", "category", "", "a rate (reached of out_of), a growth of a count, or a growth of money (reached over base)", "类型", True, allowed=("rate", "growth", "money"), example="rate"),
            _C("period", "date", "", "first day of the year or period that the target is for", "期间", example="2024-01-01"),
            _C("goal", "number", "fraction", "the goal: a rate, or a growth; 0.1 is 10 %", "目标值", True, low=-1, example="0.95"),
            _C("reached", "number", "count or currency", "what was reached", "完成值", True, low=0, example="57"),
            _C("out_of", "number", "count", "of a rate: of how many", "基数", low=0, example="60"),
            _C("base", "number", "count or currency", "of a growth: the period before", "上期值", low=0, example="50"),
            _C("before", "number", "count or currency", "of a growth: two periods before", "前期值", low=0, example="48"),
        )),
        Table("opportunities", "chances to sell that were won, lost or are open", "商机", ("opportunity_id",), _columns(
            _C("opportunity_id", "id", "", "opportunity", "商机编号", True, example="T00001"),
            _C("account_id", "id", "", "account, where it is one already", "客户编号", example="A0001"),
            _C("manager_id", "id", "", "account manager who tries", "客户经理编号", True, example="M07"),
            _C("kind", "category", "", "what kind of try it is, in words of one's own: how hard it is", "商机类型", example="new"),
            _C("opened", "date", "", "day on which it began", "开始日期", example="2024-02-01"),
            _C("closed", "date", "", "day of the decision, empty while open", "结束日期", example="2024-05-12"),
            _C("outcome", "category", "", "what came of it", "结果", True, allowed=("won", "lost", "open"), example="won"),
            _C("value", "money", "currency", "what it is worth", "金额", low=0, example="120000.00"),
        ), large=True),
        Table("account_sizes", "how large the need of each account is, told by something that is not our own sales", "客户规模", ("account_id",), _columns(
            ACCOUNT_ID,
            _C("size", "number", "kW, persons or any other unit, the same for all", "size of the account's need, such as its installed load", "规模", True, above=0, example="850"),
        )),
        Table("holdings", "what each account bought of each product in the last twelve months of the book", "产品持有", ("account_id", "product"), _columns(
            ACCOUNT_ID,
            _C("product", "category", "", "product or service", "产品", True, example="monitoring"),
            _C("spend", "money", "currency a year", "bought of it, net", "采购额", True, example="42000.00"),
        ), large=True),
        Table("wallet_survey", "what some accounts spend a year on such products with all their suppliers, by their own word", "钱包份额调查", ("account_id",), _columns(
            ACCOUNT_ID,
            _C("wallet", "money", "currency a year", "spent on such products with all suppliers, us among them", "总采购额", True, above=0, example="130000.00"),
        )),
        Table("client_forecasts", "volume that clients told us to expect, by the month in which they said it", "客户用量预报", ("month", "account_id"), _columns(
            _C("month", "date", "", "first day of the month in which it was said", "月份", True, example="2024-03-01"),
            ACCOUNT_ID,
            _C("forecast", "number", "unit of the volume", "volume that the client expects of a month to come", "预报用量", True, low=0, example="1250000"),
        ), large=True),
        Table("campaign_months", "sales of branches (or of groups of customers), month by month, some of which ran a campaign", "促销月度销售", ("month", "branch"), _columns(
            _C("month", "date", "", "first day of the month", "月份", True, example="2024-03-01"),
            _C("branch", "category", "", "branch, or group of customers", "供电所", True, example="B07"),
            _C("running", "flag", "", "the campaign ran in that branch in that month", "促销进行中", True, example="1"),
            _C("sales", "money", "currency", "sales of the month", "销售额", True, above=0, example="640000.00"),
        ), large=True),
        Table("tenders", "calls for bids, by whom, and by which rule they are scored", "招标项目", ("tender_id",), _columns(
            _C("tender_id", "id", "", "tender", "招标编号", True, example="Z0001"),
            _C("account_id", "id", "", "account that calls for bids", "客户编号", example="A0001"),
            _C("date", "date", "", "day on which the bids are opened", "开标日期", example="2024-03-05"),
            _C("budget", "money", "currency", "budget or ceiling price that the call names", "预算金额", above=0, example="1200000.00"),
            _C("price_weight", "number", "points", "points that price can bring, such as 30 of 100", "价格分权重", low=0, example="40"),
            _C("tech_weight", "number", "points", "points that the technical score can bring", "技术分权重", low=0, example="42"),
            _C("service_weight", "number", "points", "points that the service score can bring", "服务分权重", low=0, example="18"),
            _C("rule", "category", "", "which price gets full points: the lowest, the mean of all, or the mean of those not above the mean", "价格分规则", allowed=("lowest", "mean", "second_mean"), example="lowest"),
            _C("cost_estimate", "money", "currency", "what the order would cost us, as we reckoned before the bid", "预估成本", above=0, example="860000.00"),
            _C("cost_actual", "money", "currency", "what it did cost, where we won", "实际成本", above=0, example="905000.00"),
        ), large=True),
        Table("bids", "who bid which price in a tender, with which scores, and who won", "投标记录", ("tender_id", "bidder"), _columns(
            _C("tender_id", "id", "", "tender", "招标编号", True, example="Z0001"),
            _C("bidder", "category", "", "who bids", "投标人", True, example="R03"),
            _C("ours", "flag", "", "it is our own bid", "我方", example="0"),
            _C("price", "money", "currency", "price that is bid", "报价", True, above=0, example="936000.00"),
            _C("tech", "number", "points 0-100", "technical score, of the panel or as we judge it", "技术得分", low=0, high=100, example="81.5"),
            _C("service", "number", "points 0-100", "score of service, of the panel or as we judge it", "服务得分", low=0, high=100, example="74.0"),
            _C("incumbent", "flag", "", "has supplied this client before", "现有供应商", example="1"),
            _C("local", "flag", "", "has a site in the district", "本地企业", example="0"),
            _C("veto", "flag", "", "was rejected, whatever its points", "被否决", example="0"),
            _C("won", "flag", "", "won the tender", "中标", True, example="0"),
        ), large=True),
        Table("distributors", "firms that buy from us to sell on, each with a district of its own", "经销商", ("distributor_id",), _columns(
            _C("distributor_id", "id", "", "distributor; may be an account of the ledger", "经销商编号", True, example="D01"),
            _C("district", "category", "", "district that the contract gives", "授权区域", True, example="D3"),
            _C("price", "money", "currency per unit", "price that the distributor pays for a unit, before rebate", "供货价", above=0, example="752.00"),
            _C("rebate_pct", "number", "percent", "rebate on what was bought", "返利率", low=0, high=100, example="3"),
            _C("quota", "number", "units a year", "units that the contract asks for", "年度任务量", above=0, example="52000"),
            _C("costs", "money", "currency a year", "costs of the distributor's house, without goods and interest", "经营费用", low=0, example="2100000.00"),
            _C("terms_days", "number", "days", "days that the distributor takes to pay us", "付款天数", low=0, example="30"),
        )),
        Table("shipments", "what was delivered to distributors", "经销商发货", (), _columns(
            _C("date", "date", "", "day of delivery or of the bill", "发货日期", True, example="2024-03-05"),
            _C("distributor_id", "id", "", "distributor", "经销商编号", True, example="D01"),
            _C("units", "number", "units", "units delivered; below zero for returns", "数量", True, example="420"),
            _C("revenue", "money", "currency", "amount of the bill", "金额", True, example="315840.00"),
            _C("cost_goods", "money", "currency", "cost of the goods", "商品成本", low=0, example="281736.00"),
            _C("freight", "money", "currency", "carriage that we pay", "运费", low=0, example="2520.00"),
        ), large=True),
        Table("scans", "goods found in shops, and whose they are by their code", "窜货稽查扫码", (), _columns(
            _C("date", "date", "", "day", "日期", True, example="2024-05-12"),
            _C("distributor_id", "id", "", "distributor to whom the code was delivered", "经销商编号", True, example="D03"),
            _C("district", "category", "", "district where it was found", "发现区域", True, example="D5"),
            _C("chain", "category", "", "chain whose store it was; empty elsewhere", "连锁名称", example="恒通五金连锁"),
        ), large=True),
        Table("downstream", "buyers of each distributor, a year", "下线客户", ("buyer_id",), _columns(
            _C("buyer_id", "id", "", "buyer", "下线客户编号", True, example="D01-001"),
            _C("distributor_id", "id", "", "distributor", "经销商编号", True, example="D01"),
            _C("kind", "category", "", "kind of buyer, in words of one's own, such as end_user, second_tier, chain", "客户类型", example="end_user"),
            _C("chain", "category", "", "chain, where the buyer is one", "连锁名称", example="恒通五金连锁"),
            _C("named", "flag", "", "1 for a buyer that is known, 0 for a row of all others together", "已知客户", example="1"),
            _C("units", "number", "units a year", "units that the buyer takes", "年销量", True, low=0, example="364"),
            _C("amount", "money", "currency a year", "what the buyer pays for them", "年销售额", low=0, example="292883.00"),
            _C("terms_days", "number", "days", "days that the buyer takes to pay; 0 is cash", "账期天数", low=0, example="30"),
        ), large=True),
        Table("district_prices", "what small buyers pay for a unit, by district", "区域价格", ("district",), _columns(
            _C("district", "category", "", "district", "区域", True, example="D3"),
            _C("price", "money", "currency per unit", "price of a unit", "当地价格", True, above=0, example="818.00"),
        )),
        Table("district_freight", "what it costs to carry a unit from one district to another", "区域间运费", ("from_district", "to_district"), _columns(
            _C("from_district", "category", "", "from", "起运区域", True, example="D3"),
            _C("to_district", "category", "", "to", "到达区域", True, example="D5"),
            _C("freight", "money", "currency per unit", "freight of a unit", "单位运费", True, low=0, example="54.00"),
        )),
        Table("year_accounts", "what the synthetic world knows of each account and no firm does: how it would answer to what is decided for the next year", "经营一年客户", ("account_id",), _columns(
            ACCOUNT_ID,
            _C("terms_code", "category", "", "terms of payment of the last year: T1, T2, T3, one to three months", "账期代码", True, example="T2"),
            _C("credit_score", "number", "points", "score by the printed credit rule", "信用评分", True, example="85"),
            _C("default_chance", "number", "probability", "chance to default within twelve months", "违约概率", True, low=0, high=1, example="0.0392"),
            _C("elasticity", "number", "ratio", "percent of volume for one percent of price", "价格弹性", True, high=0, example="-0.5"),
            _C("wallet_left", "money", "currency a year", "what it spends with others on services that we sell (line S)", "钱包余量", True, low=0, example="232000.00"),
            _C("other_service", "money", "currency a year", "cost of its service in the last year, without visits", "其他服务成本", True, low=0, example="41500.00"),
        )),
        Table("year_mechanisms", "rules by which the synthetic world answers, with the generator's constant that each was read from", "经营一年机制", ("name",), _columns(
            _C("name", "category", "", "rule", "机制", True, example="visit_ceiling"),
            _C("value", "number", "as the column unit says", "value of the rule", "数值", True, example="10"),
            _C("unit", "text", "", "unit of the value of this row", "单位", example="percent of the margin"),
            _C("lesson", "category", "", "lesson that finds it from data", "课程编号", example="12"),
            _C("source", "text", "", "module and constant of the generator", "来源", example="coverage.A"),
        )),
        Table("action_trials", "actions that were tried at an account or left, and what came within a year", "行动试验", ("trial_id",), _columns(
            _C("trial_id", "id", "", "trial", "试验编号", True, example="T00001"),
            ACCOUNT_ID,
            _C("date", "date", "", "day on which it began", "日期", example="2023-03-05"),
            _C("kind", "category", "", "what was done: sell what it lacks, keep what it might drop, streamline its service", "行动类型", True, allowed=("sell", "keep", "streamline"), example="sell"),
            _C("by_lot", "flag", "", "a lot decided whether it was tried", "抽签决定", True, example="1"),
            _C("tried", "flag", "", "it was tried", "已实施", True, example="1"),
            _C("hours", "number", "hours", "hours that it took", "工时", low=0, example="22.5"),
            _C("base", "money", "currency a year", "what could be gained: the room in the wallet, the sales that would be lost, the cost of service", "基数", True, above=0, example="98000.00"),
            _C("gain", "money", "currency a year", "what was gained of it within a year", "收益", True, example="11200.00"),
        ), large=True),
        Table("plan_statements", "numbers that a plan states, each with what it covers", "计划数字", ("statement_id", "number"), _columns(
            _C("statement_id", "id", "", "statement that the number belongs to", "陈述编号", True, example="N01"),
            _C("number", "integer", "", "place of the number in the statement", "序号", True, low=0, example="0"),
            _C("role", "category", "", "the total that is claimed, or a part of it", "角色", True, allowed=("total", "part"), example="total"),
            _C("written", "text", "", "the number as it is printed; > before it where it is said to be more", "原文数字", True, example="3,358"),
            _C("unit", "category", "", "its unit as printed", "单位", example="km"),
            _C("begins", "date", "", "first day of the time that it covers", "起始日期", example="2025-01-01"),
            _C("ends", "date", "", "last day of the time that it covers", "截止日期", example="2025-12-31"),
            _C("covers", "category", "", "what it covers: lines, places, goods", "范围", example="all lines"),
            _C("complete", "flag", "", "the parts are said to be all there are", "部分齐全", example="1"),
            _C("at_least", "number", "its unit", "the least that such a number can be", "下限", example="100000000"),
            _C("at_most", "number", "its unit", "the most that such a number can be", "上限", example="1000000000"),
        )),
        Table("ahp_matrices", "pairwise comparisons of criteria", "判断矩阵", ("matrix", "row", "column"), _columns(
            _C("matrix", "category", "", "name of the matrix", "矩阵", True, example="five_factors"),
            _C("row", "category", "", "criterion that is judged", "行准则", True, example="income"),
            _C("column", "category", "", "criterion that it is compared with", "列准则", True, example="growth"),
            _C("value", "number", "ratio", "how many times more important the row is", "标度", True, above=0, example="3"),
        )),
        Table("calendar", "working days", "工作日历", ("date",), _columns(
            _C("date", "date", "", "day", "日期", True, example="2024-10-01"),
            _C("workday", "flag", "", "a working day", "工作日", True, example="0"),
            _C("holiday", "text", "", "name of the public holiday", "节假日", example="National Day"),
        )),
    )
}  # fmt: skip
