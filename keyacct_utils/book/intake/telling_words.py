"""Words in a column beside the amounts that change what these mean: debit and credit, states in
which a document does not count, balances among the postings, currencies.

Lists are written with a blank between the words and ``_`` for a blank in one.
"""

from __future__ import annotations

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
