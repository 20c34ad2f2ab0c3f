"""What the contract's columns are called in the exports of ERP, billing and CRM systems: one
declaration.

Besides these, a column goes by its own name and by its Chinese name in
`keyacct_utils.contract.tables`. Chinese words stand in simplified characters; a header in
traditional ones is compared after its characters are simplified. German and French words and the
field names of SAP, Oracle, 用友 and 金蝶 are among the plain ones.
"""

from __future__ import annotations

import functools
import re
import unicodedata

from keyacct_utils.contract.tables import TABLES, Column

#: Sure: the word means this column. The key is a column, or TABLE.COLUMN where tables differ.
PLAIN = {
    "account_id": """codigo_cliente cod_cliente id_cliente num_cliente numero_cliente no_cliente n_cliente clave_cliente reseller_key reseller_id dealer_id 购方单位代号 customer_id cust_id cust_no custno customer_no customer_number customer_code cust_code client_id
        client_no client_code client_number account_no account_number account_code acct_no acct_id acct_num customer_key
        buyer_id bill_to_customer associated_company_id associated_company_ids company_id sold_to soldto sold_to_party debtor_no kunnr kunag kunde_nr kundennummer kundennr kunden_nr
        kdnr kd_nr debitor debitorennummer code_client n_client no_client num_client numero_client ccuscode fcustid
        fcustnumber fcustomernumber 客户代码 客户编码 客户号 客户号码 客户代号 客户ID 客户序号 客户编号ID 用户编号 用户编码
        用户号 户号 用电户号 会员编号 会员号 购货单位编码 购方代码 购货方编号 往来单位编码 往来单位编号 单位编码 客商编码
        客商编号""",
    "accounts.name_zh": """购买方名称 购方单位名称 name customer_name cust_name client_name account_name company company_name name1 ccusname
        fcustname party_name 客户 客户名 客户全称 客户简称 名称 公司名称 单位名称 企业名称 用户名称 户名 会员名称 购货单位
        购货单位名称 购方名称 客商名称 往来单位 往来单位名称""",
    "accounts.name_en": """nombre_cliente nombre_del_cliente razon_social empresa customer_name_1 reseller_name name customer_name cust_name client_name account_name company company_name name1 party_name
        english_name kundenname firma firmenname kunde_name raison_sociale nom_client nom_du_client 客户英文名 英文名
        公司英文名""",
    "managers.name_zh": "name manager_name employee_name 客户经理 客户经理姓名 经理姓名 员工姓名 业务员姓名",
    "accounts.sector": """sector_actividad industria industry industry_name sector_name vertical segment branch_of_industry bran1 brsch branche secteur
        secteur_activite secteur_d_activite 行业名称 所属行业 行业类别 行业分类 行业类型 产业 产业别""",
    "accounts.district": """region area territory sales_district bzirk regio zone regional_office 区域 地区 片区 大区
        销售区域 所属区域 供电单位 供电所 行政区 区县 辖区""",
    "accounts.ownership": "ownership_type company_type 所有制形式 企业性质 单位性质 经济类型 公司类型 企业类型",
    "accounts.voltage_kv": "voltage supply_voltage voltage_level 电压 电压等级 供电电压等级",
    "accounts.capacity_kva": "capacity contract_capacity transformer_capacity 容量 运行容量 变压器容量 装机容量",
    "accounts.start_date": """customer_since since opened open_date created_date onboarding_date erdat kunde_seit
        date_creation date_de_creation 建档日期 立户日期 合作开始日期 首次合作日期 开户时间 建档时间 签约日期""",
    "accounts.tenure_y": "tenure years_as_customer 合作年数",
    "accounts.manager_id": """owner_id company_owner_id account_manager_id sales_rep_id salesperson_id rep_id salesman_id slsman pernr
        vertreter_nr 客户经理工号 经理编号 业务员编号 业务员编码 业务员代码 销售员编号 负责人编号""",
    "accounts.group_id": """group_code parent_id parent_company_id parent_account_id parent_customer_id konzs konzern_nr 集团编码 集团代码
        集团号 集团客户编号 母公司编号 上级客户编号 所属集团编号""",
    "accounts.listed_ka": "key_account is_key_account ka_flag 大客户 是否大客户 重点客户 是否重点客户",
    "accounts.avg_monthly_fee": "平均月电费 月平均电费",
    "accounts.fee_recovery": "回收率 电费回收",
    "account_profile.employees": """number_of_employees employee_count headcount staff mitarbeiter effectif 员工数 职工人数
        从业人数""",
    "account_profile.growth": "growth_rate 增长率 预期增长率",
    "account_profile.credit_ext": "credit_rating external_rating 信用等级 信用评级 外部评级",
    "account_profile.industry_rank": "行业地位排名 行业名次",
    "account_profile.sales_potential": "potential sales_potential_year 销售潜力 潜在销售 年潜在销售额",
    "account_profile.selling_cost": "销售费用 营销成本",
    "manager_id": """account_manager_id sales_rep_id salesperson_id salesman_id rep_id 客户经理工号 经理编号 业务员编号
        业务员编码 销售员编号""",
    "ledger.manager_id": """owner_id deal_owner_id employee_id emp_id employee_no employee_number staff_id seller_id sales_person_id
        salesperson_code salesperson_no sales_employee_id sales_rep_no slsman slspsn slpcode vkgrp vertreter_nr pernr
        cpersoncode 员工编号 员工工号 员工编码 工号 职员编号 职员编码 业务员工号 业务员代码 业务员编码 业务员编号 业务员ID 销售员编号
        销售员工号 销售员编码 销售员ID 销售人员编号 客户经理编号 客户经理工号 客户经理编码 客户经理ID 负责人编号""",
    "managers.team": "department dept sales_team team_name 部门 团队 小组 班组名称 销售组",
    "managers.hours_per_month": "monthly_hours 每月工时",
    "managers.salary": "annual_salary yearly_cost 年度薪酬 年工资 年成本",
    "ledger.date": """buch_dat buchdat beleg_dat belegdat rech_dat fakt_dat erf_dat fecha fecha_factura fecha_venta fecha_pedido fecha_documento 结算日期 order_date orderdate posting_date post_date invoice_date inv_date billing_date transaction_date
        trans_date trx_date sale_date sales_date doc_date document_date bill_date booking_date period month year_month fkdat
        budat bldat ddate fdate datum buchungsdatum rechnungsdatum belegdatum auftragsdatum date_facture date_de_facture
        date_commande date_piece 销售日期 订单日期 下单日期 下单时间 开票日期 单据日期 记账日期 过账日期 凭证日期 业务日期
        交易日期 交易时间 制单日期 出库日期 账期 月份 年月 期间 会计期间 结算月份 电费年月""",
    "ledger.line": """business_line line_of_business product_line product_category category product_group division
        business_unit bu segment spart matkl warengruppe produktgruppe sparte gamme famille product 产品线 产品大类 产品类别
        产品类型 商品类别 品类 大类 类别 业务类型 业务类别 业务板块 事业部 产品 产品名称""",
    "ledger.volume": """cantidad unidades quantity qty order_qty sales_qty quantity_sold quantity_invoiced quantity_ordered units units_sold
        pieces kwh fkimg kwmeng iquantity fqty menge stueck stuckzahl quantite qte 销量 销售数量 订单数量 出库数量 件数 用电量
        电量 售电量 结算电量 开票数量""",
    "ledger.list_price": """precio precio_unitario unit_price unitprice price list_price_per_unit unit_selling_price price_each sales_price netpr
        kbetr einzelpreis listenpreis preis prix_unitaire prix pu 单价 价格 销售单价 未税单价 不含税单价 原价 牌价 目录价 电价""",
    "ledger.discount_pct": """descuento discount disc discount_rate discount_percent disc_pct rabatt rabatt_prozent remise remise_pct
        折扣率 折让率 折扣百分比 优惠率""",
    "ledger.revenue": """importe_neto importe base_imponible ventas venta_neta ingresos net_amount amount_net net_sales net_revenue dollar_value sales_amount sales_value sales_revenue
        sales amount line_total line_amount turnover net_value netwr extended_amount extended_price revenue_amount imoney
        inatmoney famount umsatz nettoumsatz nettobetrag netto_betrag netto betrag_netto warenwert montant_ht total_ht
        montant_net ca chiffre_affaires chiffre_d_affaires 销售金额 销售收入 营业额 营业收入 收入 净额 净销售额 未税金额
        不含税金额 未税销售额 不含税销售额 不含税收入 无税金额 金额 本币金额 成交金额 成交额 订单金额 电费 电费金额 应收电费
        业绩""",
    "ledger.cost_goods": """coste costo coste_ventas costo_ventas cost cogs cost_of_goods cost_of_goods_sold cost_of_sales cost_amount total_cost standard_cost
        wavwr wareneinsatz einstandswert herstellkosten cout cout_achat 成本 成本金额 货物成本 商品成本 主营业务成本 营业成本
        销货成本 结转成本 购电成本""",
    "invoices.invoice_id": """numero_factura num_factura no_factura factura invoice_no invoice_number inv_no invoice bill_no billing_document document_no doc_no trx_number
        vbeln belnr rechnungsnummer rechnungsnr rechnung_nr belegnummer n_facture numero_facture no_facture 发票号码 发票编号
        账单号 账单编号 单据编号 单据号 凭证号""",
    "invoices.issue": """fecha_factura invoice_date issue_date issued_date billing_date bill_date doc_date document_date date fkdat bldat
        rechnungsdatum date_facture date_de_facture 发票日期 开具日期 账单日期 单据日期 出账日期""",
    "invoices.due": """fecha_vencimiento vencimiento due_date payment_due pay_by netdt faelligkeit faellig_am falligkeit echeance date_echeance 应付日期
        应收日期 付款期限 缴费截止日 到期日期 到期""",
    "invoices.amount": """invoice_amount amount_invoiced invoice_total total_amount billed_amount amount dmbtr wrbtr
        rechnungsbetrag betrag montant montant_facture 发票金额 账单金额 应收金额 金额""",
    "invoices.paid_date": """payment_date date_paid paid_on settled_date settlement_date date_settled clearing_date augdt zahlungsdatum date_paiement date_reglement
        收款日期 回款日期 到账日期 缴费日期 实收日期 核销日期""",
    "invoices.paid_amount": """amount_paid payment_amount paid payment received_amount zahlbetrag montant_paye 收款金额
        回款金额 实收金额 已收金额 到账金额""",
    "invoices.terms_code": """payment_terms terms zterm zahlungsbedingung conditions_paiement 付款方式 结算方式 账期条件
        收款条件""",
    "line": "business_line product_line division 产品线 业务类型",
    "activities.activity_id": "task_id case_id ticket_id job_id 工单号 工单编号 任务编号",
    "activities.date": "activity_date visit_date task_date besuchsdatum fecha_visita date_visite visit_time 走访时间 拜访时间 走访日期 活动日期 拜访日期",
    "activities.type": "activity_type task_type visit_type kind besuchsart 方式 走访方式 拜访方式 类型 工单类型",
    "activities.minutes": "duration duration_min 分钟 耗时",
    "activities.km": "distance kilometres kilometers 公里 公里数",
    "cost_pools.month": "period year_month 年月",
    "cost_pools.cost": "amount total_cost 费用 金额",
    "date": "event_date day",
    "survey.respondent": "response_id questionnaire_id respondent_id 答卷编号 问卷号 受访者编号",
    "survey.year": "survey_year 调查年份 年度",
    "survey.recommend": "nps likelihood_to_recommend 推荐度 推荐分",
    "renewals.renewed": "is_renewed 是否续约",
    "defaults.default_12m": "default defaulted is_default 是否违约",
    "calendar.workday": "is_workday working_day 是否工作日",
    "calendar.holiday": "holiday_name 节日",
    "tenders.tender_id": "tender tender_no rfp_id rfp_no bid_no lot_no 项目编号 标段编号 招标项目编号 标书编号",
    "tenders.date": "bid_date opening_date tender_date 投标日期 开标时间",
    "tenders.budget": "ceiling_price budget_price estimated_value 预算价 预算 控制价 招标控制价 最高限价",
    "tenders.price_weight": "weight_price 价格权重 价格分值 报价权重 商务分权重",
    "tenders.tech_weight": "weight_tech 技术权重 技术分值",
    "tenders.service_weight": "weight_service 服务权重 服务分值 服务分权重",
    "tenders.rule": "price_rule 价格规则 计分规则 报价计分规则",
    "tenders.cost_estimate": "estimated_cost cost_planned 预计成本 估算成本 测算成本",
    "tenders.cost_actual": "actual_cost 决算成本 最终成本",
    "bids.tender_id": "tender tender_no rfp_id rfp_no bid_no lot_no 项目编号 标段编号 招标项目编号 标书编号",
    "bids.bidder": "supplier vendor competitor 投标方 投标单位 投标公司 供应商",
    "bids.ours": "own_bid is_ours 是否我方 我方投标 本公司",
    "bids.price": "bid_price bid_amount 投标价 投标报价 投标金额",
    "bids.tech": "tech_score technical_score 技术分 技术评分",
    "bids.service": "service_score 服务分 服务得分 服务评分",
    "bids.incumbent": "current_supplier 现供应商 是否现供应商 原供应商 在供",
    "bids.veto": "disqualified rejected 否决 废标 是否废标 是否否决",
    "bids.won": "winner is_winner 是否中标 中标标志",
    "distributors.distributor_id": "dealer_id reseller_id 代理商编号 分销商编号 经销商代码",
    "distributors.district": "territory 授权地区 代理区域 所属区域 区域",
    "distributors.price": "ex_works_price factory_price list_price 出厂价 批发价 开票价 供货单价",
    "distributors.rebate_pct": "rebate 返利 返利比例 返点",
    "distributors.quota": "target annual_target 年任务 年度任务 任务量 年度指标",
    "distributors.costs": "operating_costs overhead 费用 年费用 运营费用",
    "distributors.terms_days": "payment_days credit_days 账期 账期天数 信用天数",
    "shipments.date": "ship_date delivery_date 出货日期 出库日期 发货时间",
    "shipments.distributor_id": "dealer_id reseller_id 代理商编号 分销商编号 经销商代码",
    "shipments.units": "quantity qty 发货数量 出货数量 件数",
    "shipments.revenue": "amount 发货金额 出货金额 销售额",
    "scans.date": "scan_date 扫码日期 稽查日期",
    "scans.district": "found_in 扫码区域 发现地区 稽查区域",
    "downstream.terms_days": "payment_days credit_days 账期 信用天数",
    "opportunities.opportunity_id": "deal_id opportunity_no opportunity_number 商机编码",
    "opportunities.manager_id": "owner_id deal_owner_id opportunity_owner_id 负责人编号",
    "opportunities.opened": "created_date create_date opened_date 创建日期",
    "opportunities.closed": "close_date closed_date 关闭日期 结单日期",
    "opportunities.value": "amount deal_amount deal_value expected_revenue close_value 预计金额 商机金额 预计销售额",
}  # fmt: skip

NOT_ALWAYS_A_SALE = "which is not always a sale"
NAME_NOT_ID = "a name rather than an id"
#: Not sure, for the reason that is the key: proposed on a commented line only.
DOUBTFUL: dict[str, dict[str, str]] = {
    "account_id": {
        "what the rows of a pivot table are called, whatever they are": """
            row_labels zeilenbeschriftungen étiquettes_de_lignes etiquetas_de_fila 行标签""",
        "a name rather than an id; two accounts of one name would count as one": """
            account customer cust client company kunde firma customer_name cust_name client_name account_name company_name
            kundenname nom_client associated_company primary_associated_company 客户 客户名称 客户全称 客户简称 公司名称 单位名称 用户名称 户名 购货单位 购方名称""",
        "an id of something that may not be the account": """
            id record_id user_id member_id buyer 编号 编码 代码 单位代码 税号 统一编号 统一社会信用代码 表计编号""",
    },
    "ledger.revenue": {
        "with tax by its name; revenue is net of it": """
            gross gross_amount amount_gross amount_incl_tax total_incl_tax total_with_tax brutto bruttobetrag montant_ttc
            total_ttc isum 含税金额 含税销售额 价税合计 含税总额 含税收入 税价合计""",
        "an amount that may hold tax, freight or more than one line": """
            total total_amount total_price order_total order_amount invoice_amount subtotal 总额 总金额 总价 合计 合计金额
            总计 应收金额 实付金额 实收金额 支付金额 应付金额 开票金额 发票金额""",
        "a value of an opportunity or contract, which is not always a sale": """
            value deal_value close_value contract_value opportunity_amount 合同金额 签约金额 合同额""",
        "an amount whose sign the books may turn round": "dmbtr wrbtr betrag montant fbetrag 贷方金额 贷方",
    },
    "ledger.date": {
        "not the day of the sale by its name": """
            settled_date settlement_date ship_date shipped_date delivery_date required_date close_date engage_date due_date created_at created_date create_date
            lieferdatum date_livraison 发货日期 交货日期 到期日 结案日期 创建时间 创建日期 录入日期""",
    },
    "ledger.volume": {
        "contracted, not sold": "contract_qty 合同数量",
        "a count of pieces by its name": "number_of_cds count pcs 个数",
    },
    "ledger.discount_pct": {
        "an amount rather than a rate, by its name": "discount_amount 折扣金额 折扣额 优惠金额",
    },
    "ledger.cost_goods": {
        "perhaps per unit, not of the whole row": "unit_cost standard_price 单位成本 成本单价",
    },
    "accounts.district": {
        "wider or narrower than a district": "country city state province billing_city billing_state billing_country shipping_city land1 ort01 office_location 国家 省 省份 城市 市",
    },
    "accounts.manager_id": {
        "a name rather than an id": """
            owner company_owner account_owner account_manager manager sales_rep salesperson sales_agent 客户经理 业务员 负责人 销售员""",
    },
    "accounts.group_id": {
        "a name rather than an id": "group parent_company subsidiary_of konzern 集团 集团名称 所属集团 母公司",
    },
    "manager_id": {
        "an employee, who may be no account manager": "employee_id emp_id staff_id 员工编号 工号 员工工号",
        "a name rather than an id; two people of one name would count as one": """
            sales_rep salesperson sales_agent account_manager 客户经理 业务员 销售员 负责人""",
    },
    "ledger.manager_id": {
        "a name rather than an id; two people of one name would count as one": """
            deal_owner opportunity_owner employee employee_name salesperson sales_person salesman sales_rep sales_representative sales_agent seller rep
            rep_name salesperson_name sales_rep_name account_manager account_manager_name manager manager_name vertreter
            verkäufer vendeur vendedor 业务员 业务员姓名 业务员名称 业务人员 业务代表 业务经理 销售员 销售员姓名 销售员名称
            销售人员 销售代表 销售经理 客户经理 客户经理姓名 经理姓名 员工姓名 职员 负责人 跟单员""",
    },
    "opportunities.opportunity_id": {
        "an id of something that may not be the opportunity": "id record_id",
    },
    "opportunities.manager_id": {
        "a name rather than an id": "owner deal_owner opportunity_owner",
    },
    "account_profile.revenue_m": {
        "to be given in millions": "annual_revenue yearly_revenue revenue turnover 年营业额 年收入 年营收 营收",
    },
    "invoices.invoice_id": {
        "an order, which may have several invoices": "order_id order_no order_number 订单号 订单编号",
    },
    "invoices.amount": {
        "with or without tax?": "gross_amount net_amount total 含税金额 价税合计 不含税金额 未税金额 合计",
    },
}  # fmt: skip

#: Words in the name of a file, sheet or database table that speak for a table of the contract.
NAMED = {
    "accounts": "account customer client kunde debitor 客户 档案 用户",
    "account_profile": "profile 画像",
    "managers": "manager salesteam 经理 业务员",
    "ledger": "ledger sale order transaction umsatz verkauf vente 销售 明细 流水 订单 台账",
    "invoices": "invoice bill receivable rechnung facture 发票 账单 应收",
    "activities": "activit visit ticket 走访 活动 工单",
    "survey": "survey questionnaire 满意 问卷",
    "calendar": "calendar 日历",
    "opportunities": "opportunit pipeline deal 商机 销售机会",
    "visits": "visit 走访 拜访",
    "cases": "case 报装 工单",
    "contacts": "contact 联系人",
}
#: A column that says whether a row counts, and what says anywhere in a value that it does not.
STATUS = """status state deal_stage stage_name stage order_status invoice_status invoice_state doc_status document_status is_void void
    cancelled canceled belegstatus auftragsstatus statut etat estado estatus 状态 单据状态 发票状态 订单状态 开票状态 作废标志
    作废 是否作废 红冲标志 审核状态"""
VOID_PARTS = "作废 红冲 冲红 冲销 已取消 失控发票"
#: What pivot tables put before the name of what they add up.
_ADDED_UP = re.compile(r"^(求和项|sum of|summe von|somme de|suma de)[::\s]*")
#: The header of a column that says debit or credit.
DEBIT_OR_CREDIT = """d/c dc dr/cr debit/credit debit_credit debit_credit_indicator dc_indicator shkzg s/h soll/haben sollhaben
    soll_haben_kennzeichen sens debe/haber 借贷 借贷方向 方向 余额方向 借贷标志 document_type doc_type transaction_type type
    belegart type_de_piece tipo 单据类型 红蓝字 红蓝标识 发票类型"""
#: A key that order lines share with their order.
JOINED_BY = """order_id order_no order_number orderid invoice_no invoice_id doc_no vbeln 订单号 订单编号 单据号 发票号"""

_TRADITIONAL = (
    "戶户編编號号單单產产類类購购會会員员價价額额總总計计淨净稅税銷销業业營营務务門门區区縣县辦办國国電电費费數数據据錄录"
    "發发開开票票時时間间過过帳账賬账款款應应實实際际貨货製制證证憑凭經经濟济壓压級级屬属團团種种訂订結结歸归餘余優优惠惠"
    "樣样無无為为點点線线類类損损庫库聯联絡络繫系統统錢钱幣币萬万億亿組组織织職职薪薪資资調调滿满見见聽听關关閉闭續续約约"
    "違违檔档評评選选質质與与從从個个們们來来這这說说對对進进還还後后長长東东車车馬马鳥鸟魚鱼齒齿龍龙龜龟廠厂廣广莊庄達达"
    "機机構构極极標标權权條条權权歡欢殘残決决況况沖冲減减湊凑漲涨潔洁潛潜濾滤灣湾燈灯爾尔狀状獎奖環环當当療疗盡尽監监礦矿"
    "禮礼稱称穩稳競竞筆笔節节範范築筑簡简簽签籌筹紅红納纳純纯紙纸紡纺細细終终給给網网維维緊紧練练績绩總总縮缩義义習习聖圣"
    "聞闻聲声肅肃臨临舉举舊旧藝艺藥药號号術术衛卫補补裝装製制複复規规視视覽览觀观討讨訊讯設设許许訴诉診诊詢询該该詳详認认"
    "語语誤误課课談谈請请論论諾诺謝谢識识議议護护讓让貝贝負负財财責责貴贵買买貸贷貿贸賀贺賓宾賣卖賠赔賴赖贈赠贏赢趙赵趨趋"
    "軍军軟软較较載载輔辅輕轻輛辆輪轮輸输辭辞農农運运達达遞递遠远適适遲迟選选遺遗邊边鄉乡鄭郑醫医釋释針针鋼钢鋁铝錦锦鎮镇"
    "鐵铁鑄铸鑫鑫長长陳陈陸陆陽阳階阶隊队險险隨随雙双離离難难雲云靈灵靜静項项順顺須须預预領领頭头題题額额風风飛飞飯饭飲饮館馆"
    "驗验體体麗丽黃黄黨党齊齐壽寿夢梦學学寧宁寶宝專专將将導导層层島岛崗岗幫帮並并庫库廳厅張张強强後后徑径復复戰战擇择"
    "樂乐爭争創创則则歷历變变臺台場场塊块備备夾夹廢废態态願愿報报桿杆畫画碼码繳缴薦荐記记訪访誠诚話话轉转轄辖採采裡里鐘钟問问"
    "陣阵駐驻償偿別别誌志況况準准處处註注債债匯汇佔占倉仓儲储檢检測测審审確确帶带兩两內内壞坏圍围優优審审擬拟覆复紀纪"
)
_SIMPLER = str.maketrans(dict(zip(_TRADITIONAL[::2], _TRADITIONAL[1::2], strict=True)))
_CURRENCIES = r"(usd|eur|gbp|cny|rmb|twd|ntd|hkd|chf|jpy)$"
_BRACKETS = re.compile(r"[(\[【<{].*?[)\]】>}]")
_UNITS_WRITTEN = re.compile(
    r"(单位[::]?)?(人民币)?[((]?(百万元|千万元|万元|仟元|千元|亿元|元)[))]?$"
)


def simplified(text: str) -> str:
    """Compatibility forms made plain, lower case, accents away, traditional characters
    simplified.
    """
    plain = unicodedata.normalize("NFKD", text).casefold().translate(_SIMPLER)
    return "".join(sign for sign in plain if not unicodedata.combining(sign))


def key(text: str) -> str:
    """A header or synonym as it is compared: letters and digits only."""
    return "".join(sign for sign in simplified(text) if sign.isalnum())


@functools.lru_cache(4_096)
def keys(header: str) -> tuple[str, ...]:
    """The ways to read a header: as it is, without brackets, without a unit or currency at its
    end, after its last point.
    """
    plain = _ADDED_UP.sub("", simplified(header)[:200])
    bare = _BRACKETS.sub("", plain)
    ways = [plain, bare, _UNITS_WRITTEN.sub("", bare), bare.rpartition(".")[2]]
    found = [key(way) for way in ways]
    found.append(re.sub(_CURRENCIES, "", found[1]))
    return tuple(item for item in dict.fromkeys(found) if item)


def words(text: str) -> frozenset[str]:
    """A list of synonyms as keys."""
    return frozenset(key(word) for word in text.split())


@functools.cache
def known_as(table: str, column: Column) -> dict[str, tuple[int, str]]:
    """Every name of a column: rank 0 for its own, 1 for a plain synonym, 3 with the reason for a
    doubtful one. (2 is for headers whose words tell it.)
    """
    places = (
        (column.name, f"{table}.{column.name}")
        if column.name not in _OWN_NAMES_ONLY
        else (f"{table}.{column.name}",)
    )
    names: dict[str, tuple[int, str]] = {}
    for place in places:
        for reason, text in DOUBTFUL.get(place, {}).items():
            names |= dict.fromkeys(words(text), (3, reason))
    for place in places:
        names |= dict.fromkeys(words(PLAIN.get(place, "")), (1, ""))
    return names | {key(name): (0, "") for name in (column.name, column.chinese)}


#: Columns whose bare name is too common a word to share synonyms between tables.
_OWN_NAMES_ONLY = frozenset({"cost", "value", "type", "year", "month"})


def undeclared() -> list[str]:
    """Keys of the lists above that name no column of the contract; empty, or the lists have a
    slip.
    """
    columns = {name for table in TABLES.values() for name in table.names}
    tables = {f"{table.name}.{name}" for table in TABLES.values() for name in table.names}
    return sorted((PLAIN.keys() | DOUBTFUL.keys()) - columns - tables) + sorted(
        NAMED.keys() - TABLES.keys()
    )
