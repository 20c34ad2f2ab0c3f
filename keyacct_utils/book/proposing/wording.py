"""What kind of column a header speaks of where no list has the whole header: told from the words
in it, in Chinese, English, German, French and Spanish.
"""

from __future__ import annotations

import functools
import re

from keyacct_utils.book.proposing.synonyms import simplified

_PARTS = re.compile(r"[A-Z]{2,}(?![a-z])|[A-Z]?[^\W\d_A-Z]+|[A-Z]+|\d+")
_CHINESE = re.compile("[㐀-鿿]")


def _words(text: str) -> tuple[frozenset[str], tuple[str, ...]]:
    """Words as `tokens` gives them, and Chinese ones, which are looked for anywhere."""
    given = simplified(text).split()
    latin = frozenset(word for word in given if not _CHINESE.search(word))
    return latin, tuple(word for word in given if _CHINESE.search(word))


_KINDS = {
    "party": """customer customers cust client clients account acct buyer purchaser reseller dealer distributor debtor
        consignee payer merchant subscriber kunde kunden kaufer kaeufer abnehmer debitor handler haendler acheteur
        revendeur distributeur cliente clientes comprador revendedor distribuidor deudor 客户 购方 购货方 购买方 购货单位
        购方单位 买方 需方 客商 往来单位 经销商 代理商 分销商 收货单位 会员 用户 用电户""",
    "id": """id ids key no nr num number code nummer numero codigo clave schlussel schluessel kennung identifier sk
        编号 编码 代码 代号 号码 序号 号""",
    "tax": "tax vat ust mwst steuer tva iva nif rfc siret siren 识别号 税号 信用代码",
    "name": "name names bezeichnung nom nombre razon raison 名称 姓名 全称 简称 名",
    "other": """order orders invoice phone tel telephone fax email mail zip postal post card iban bank contract type group
        class category segment status state manager rep sales agent ship address city country age since balance limit
        auftrag rechnung bestellung telefon commande facture pedido factura 电话 手机 邮编 银行 账号 地址 订单 发票 合同
        类 组 经理 状态 余额 等级 级别 业务员 单价 数量 金额 额 日期 时间""",
    "date": "date datum fecha dt day jour tag dia 日期 时间",
    "sale": """posted posting post sale sales sold invoice invoiced bill billed billing transaction
        trans order ordered purchase purchased booked booking deal buchung buchungs rechnung rechnungs beleg bestell
        auftrag auftrags verkauf verkaufs vente facture facturation commande achat venta compra pedido operacion
        结算 成交 销售 开票 交易 下单 订单 业务 记账 过账 出库 单据""",
    "later": """settled settle settlement ship shipped shipping shipment delivery delivered due paid pay payment required created create updated modified
        birth hire hired expiry expiration expires start end close closed valid liefer lieferung faellig fallig zahlung
        gultig livraison echeance paiement entrega vencimiento pago 到期 发货 交货 收款 付款 回款 生日 出生 创建 修改 更新
        录入 建档 有效 审核""",
    "amount": """amount amt amounts sum value sales revenue turnover proceeds betrag umsatz umsatze erlos erloes wert montant
        importe ventas venta ingresos vente ventes recettes chiffre 金额 销售额 收入 营业额 价款 货款 业绩 净额""",
    "net": """net netto sales revenue turnover umsatz umsatze erlos erloes ht hors vente ventes ventas ingresos neto 销售 收入
        营业 未税 不含税 净""",
    "gross": "gross brutto ttc incl inclusive bruto total_con_iva 含税 价税",
    "not_sales": """tax vat discount disc cost costs cogs profit margin pay paid freight shipping quantity qty count balance
        target plan budget price unit limit steuer mwst rabatt kosten gewinn marge fracht zahl preis saldo tva remise cout
        benefice prix solde iva descuento coste costo beneficio ganancia precio 税额 税率 折扣 折让 成本 毛利 利润 运费 数量
        单价 价格 余额 预算 目标 计划 已付 已收 实付 实收""",
    "cost": "cost costs cogs kosten cout couts coste costo costes costos 成本",
    "goods": """goods product products merchandise material materials sales cogs sold waren ware wareneinsatz produkt
        marchandises marchandise produit mercancia producto 商品 产品 销售 销货 主营 货物""",
    "each": "unit each per list standard std stk stuck einheit unitaire unitario unidad 单位 单价 标准 单件",
    "quantity": "qty quantity quantities menge cantidad quantite pieces stuck units 数量 件数",
    "not_sold": "stock min max free reorder bestand lager per returned 库存 最小 起订 退货",
    "rep": """agent agents team teams rep reps salesman salesperson seller vertreter betreuer commercial vendedor comercial 业务员 销售员 客户经理""",
    "default": "default defaulted ausfall defaut impago 违约",
    "profit": """profit margin gewinn rohertrag rohgewinn deckungsbeitrag db marge benefice beneficio ganancia margen 毛利
        利润 毛利额 利润额""",
    "rate": "pct percent percentage rate ratio share prozent quote taux tasa 率 比 占比",
    "return": """return returns returned refund refunds refunded gutschrift gutschriften retoure retouren avoir
        avoirs retour retours devolucion devoluciones abono abonos 退货 退款 红字 红冲 冲红 退回""",
}  # fmt: skip
#: Words that German compounds begin or end with.
_COMPOUND = [
    "kunden",
    "kunde",
    "debitoren",
    "handler",
    "haendler",
    "nummer",
    "schlussel",
    "schluessel",
    "datum",
    "betrag",
    "umsatz",
    "erlos",
    "erloes",
    "menge",
    "name",
    "rechnungs",
    "verkaufs",
    "buchungs",
    "beleg",
    "auftrags",
    "liefer",
    "vertreter",
    "gewinn",
    "kosten",
    "steuer",
    "rabatt",
    "preis",
]
_LISTS = {kind: _words(text) for kind, text in _KINDS.items()}


def tokens(header: str) -> frozenset[str]:
    """The words of a header, parted at capitals, digits and signs."""
    found = {simplified(part) for part in _PARTS.findall(header[:200])}
    found |= set(re.findall(r"[^\W_]+", simplified(header[:200])))
    found |= {
        part
        for word in found
        for part in _COMPOUND
        if len(word) > len(part) and (word.startswith(part) or word.endswith(part))
    }
    return frozenset(found)


@functools.lru_cache(4_096)
def speaks_of(header: str) -> frozenset[str]:
    """The kinds of words that a header holds."""
    held, plain = tokens(header), simplified(header[:200])
    return frozenset(
        kind
        for kind, (latin, chinese) in _LISTS.items()
        if held & latin or any(word in plain for word in chinese)
    )


def worded(table: str, column: str, header: str) -> str | None:
    """Whether the words of a header speak for a column: None where they do not, else the reason
    why it is not sure, or the empty text.
    """
    kinds = speaks_of(header)
    if column == "account_id":
        return _account(kinds)
    if column in ("name_zh", "name_en") and table == "accounts":
        return "" if {"party", "name"} <= kinds and not kinds & {"other", "id"} else None
    if column == "manager_id":
        return "" if {"rep", "id"} <= kinds and "name" not in kinds else None
    if column == "default_12m":
        return "" if "default" in kinds and not kinds & {"date", "amount"} else None
    told = {
        "date": _date,
        "revenue": _revenue,
        "volume": _volume,
        "cost_goods": _cost,
    }.get(column)
    return told(kinds) if told and table == "ledger" else None


def _account(kinds: frozenset[str]) -> str | None:
    if "party" not in kinds or kinds & {"date", "amount", "rate"}:
        return None
    if "tax" in kinds and not kinds & {"name"}:
        return "a tax number, which branches of one firm may share"
    if "other" in kinds:
        return None
    if "id" in kinds and "name" not in kinds:
        return ""
    return "a name rather than an id; two accounts of one name would count as one"


def _date(kinds: frozenset[str]) -> str | None:
    if "date" not in kinds or kinds & {"amount", "id", "rate"} - {
        "amount" if "sale" in kinds else ""
    }:
        return None
    if "later" in kinds:
        return "not the day of the sale by its name"
    return "" if "sale" in kinds else "a date, but its name does not say of the sale"


def _revenue(kinds: frozenset[str]) -> str | None:
    if "amount" not in kinds or kinds & {
        "date",
        "id",
        "not_sales",
        "rate",
        "profit",
        "tax",
        "rep",
        "name",
    }:
        return None
    if "gross" in kinds:
        return "with tax by its name; revenue is net of it"
    return "" if "net" in kinds else "an amount, but its name does not say of what"


def _volume(kinds: frozenset[str]) -> str | None:
    return "" if "quantity" in kinds and not kinds & {"not_sold", "amount", "date", "id"} else None


def _cost(kinds: frozenset[str]) -> str | None:
    if not {"cost", "goods"} <= kinds or kinds & {"date", "id", "rate", "profit", "name"}:
        return None
    return "perhaps per unit, not of the whole row" if "each" in kinds else ""
