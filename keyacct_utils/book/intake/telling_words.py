"""Words in a column beside the amounts that change what these mean: debit and credit, states in
which a document does not count, balances among the postings, currencies; and the words of a header
that say so.

Lists are written with a blank between the words and ``_`` for a blank in one.
"""

from __future__ import annotations

import functools
import re

#: What stands in rows that carry a balance or a sum among the postings of an account.
BALANCES = """
    opening_balance closing_balance balance_brought_forward balance_carried_forward
    brought_forward carried_forward balance balance_b/f balance_c/f balance_b/d balance_c/d b/f
    c/f opening_bal closing_bal monthly_total beginning_balance ending_balance previous_balance
    saldo saldovortrag anfangsbestand anfangssaldo eröffnungssaldo eröffnungsbilanz endbestand
    endsaldo schlusssaldo abschlusssaldo report_à_nouveau solde_initial solde_final
    solde_précédent saldo_inicial saldo_final saldo_anterior 期初余额 期末余额 期初餘額 期末餘額
    期初 期末 余额 年初余额 年末余额 上年结转 上期结转 上月结转 结转下年 结转下期 结转上年
    承前页 过次页 本月合计 本年累计 本日合计 本期合计 本季合计 本月累计 当前合计 当前累计 月计
    累计"""
#: What stands in rows that hold a sum.
TOTALS = """
    total totals grand_total subtotal sub_total sum overall_result summe gesamt gesamtsumme
    gesamtergebnis zwischensumme ergebnis total_général sous_total total_general suma suma_total
    合计 总计 小计 共计 汇总 合计数"""
#: The values of what takes off and of what adds, pair by pair.
CREDIT = (
    "h haben s_h",
    "c cr credit",
    "贷 贷方 貸 貸方",
    """
    credit_memo credit_note creditnote creditmemo cm cn refund return returns reversal
    sales_return credit gutschrift retoure stornorechnung avoir note_de_crédit abono
    nota_de_crédito devolución""",
    "退货 退貨 退款 红字 紅字 红票 红字发票 销售退货 负数发票 红 负数 折让 贷项凭证",
)
DEBIT = (
    "s soll",
    "d dr db debit",
    "借 借方",
    """
    invoice inv sale sales order debit_memo debit_note purchase payment rechnung verkauf facture
    vente factura venta""",
    "销售 銷售 正常 蓝字 蓝票 蓝字发票 销售出库 正数发票 正数 发票 發票 蓝 收款",
)
#: States in which a document does not count.
DEAD = """
    void voided cancel cancelled canceled deleted draft reversed rejected lost prospecting
    engaging returned quote storno storniert abgelehnt entwurf annule annulé annulee brouillon
    anulado anulada cancelado cancelada borrador 作废 已作废 作廢 已作廢 取消 已取消 退货 草稿
    已删除 已刪除 无效 無效 冲销 已冲销 驳回 已驳回 未审核 报价 关闭"""
#: States in which one counts. A column "state" without words of either kind names places, perhaps.
ALIVE = """
    open posted paid unpaid shipped delivered complete completed closed confirmed approved active
    pending processing processed invoiced billed fulfilled released done ok new final won settled
    normal valid ordered offen gebucht bezahlt geliefert erledigt abgeschlossen payé validé livré
    pagado pagada enviado enviada 正常 有效 生效 已审核 已完成 已过账 已开票 已付款 已发货 已结算
    完成"""
#: Words of a header that names the currency, or the state, of each row.
CURRENCY_HEADER = """
    currency currencies curr cur currkey ccy waers waerk hwaer währung waehrung devise moneda divisa
    valuta 币 幣 货币 貨幣"""
STATE_HEADER = "status docstatus statut etat estado estatus belegstatus auftragsstatus 状态 狀態"
#: The word that is a state of a document only beside a document, or by its values.
PLACE_OR_STATE = "state"
DOCUMENT_HEADER = """
    doc document order invoice bill deal posting delivery shipment payment sale sales line item
    transaction trans voucher note void entry booking 单据 订单 发票 凭证 訂單 發票 憑證"""
#: Words of a header that say whose state or class it is, where that is not the document's: the
#: account's, a person's, a good's.
NOT_THE_DOCUMENT = """
    account acct client customer cust buyer dealer user member party company firm kunde kunden
    cliente party marital marriage civil family personal person employment employee employed job
    work housing residence health education sex gender credit loan risk vat tax stock inventory
    customerstatus custstatus accountstatus clientstatus kundenstatus
    客户 客戶 账户 帐户 帳戶 用户 用戶 户 戶 会员 會員 婚姻 就业 就業 职业 職業 员工 員工 教育
    信用 库存 庫存"""
#: Words of a header whose single letters are classes; and of one whose credit is a way to pay.
CLASS_HEADER = """
    class grade rating rank size segment category abc score level tier group zone region team
    klasse classe clase 等级 等級 级别 級別 类别 類別 评级 評級 分类 分類"""
PAYMENT_HEADER = "card cards method tender karte carte tarjeta zahlungsart 卡 支付方式 付款方式"
#: Codes of currencies that are no words and stand for nothing else; of the others the header has to
#: speak of a currency.
PLAIN_CODES = frozenset(
    """
    AED ARS AUD BGN BRL CAD CHF CLP CNH CNY CZK DKK EGP EUR GBP HKD HUF IDR ILS INR JPY KRW KZT
    MXN MYR NOK NZD PHP PKR PLN QAR RMB RON SAR SEK SGD THB TWD UAH USD VND ZAR""".split()  # noqa: SIM905
)


def spoken(text: str) -> frozenset[str]:
    """The words of a list as a cell holds them, in capitals."""
    return frozenset(word.replace("_", " ").upper() for word in text.split())


_PARTS = re.compile(r"[A-Z]{2,}(?![a-z])|[A-Z]?[^\W\d_A-Z]+|[A-Z]+")


@functools.lru_cache(4_096)
def header_words(header: str) -> frozenset[str]:
    """The words of a header in small letters, parted at capitals, digits and signs."""
    parts = {part.lower() for part in _PARTS.findall(header[:200])}
    return frozenset(parts | set(re.findall(r"[^\W\d_]+", header[:200].lower())))


@functools.cache
def _latin_and_chinese(text: str) -> tuple[frozenset[str], tuple[str, ...]]:
    given = text.split()
    chinese = tuple(word for word in given if "\u3400" <= word[0] <= "\u9fff")
    return frozenset(given) - {*chinese}, chinese


def speaks(header: str, text: str) -> bool:
    """Whether a header holds a word of a list: a Latin one as a whole word, a Chinese one
    anywhere.
    """
    latin, chinese = _latin_and_chinese(text)
    return bool(header_words(header) & latin) or any(word in header for word in chinese)


def names_currency(header: str) -> bool:
    """Whether a header says that a currency stands below it; "current" and "occurrence" do not."""
    return speaks(header, CURRENCY_HEADER) or any(
        word.startswith("currency") or word.endswith(("waers", "währung", "waehrung"))
        for word in header_words(header)
    )


def of_document(header: str) -> bool:
    """Whether what stands below a header may be of the document: not where it speaks of an account,
    a person or a good ("status_account"), and of no document besides.
    """
    return not speaks(header, NOT_THE_DOCUMENT) or speaks(header, DOCUMENT_HEADER)


def names_state(header: str) -> bool:
    """Whether a header says that the state of a document stands below it; a "state" alone may be a
    place.
    """
    words = header_words(header)
    told = speaks(header, STATE_HEADER) or any(word.endswith("status") for word in words)
    beside = PLACE_OR_STATE in words and speaks(header, DOCUMENT_HEADER)
    return (told or beside) and of_document(header)


def may_name_place(header: str) -> bool:
    """Whether a header is "state" alone, of which only the values tell what it is."""
    return header_words(header) == {PLACE_OR_STATE}
