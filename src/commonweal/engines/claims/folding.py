"""One script to look things up in: traditional characters and full-width forms, folded.

Folding is character by character, so that positions stay those of the text as it is printed. It is
for matching words of measure, never for showing: several characters fold to one.
"""

from __future__ import annotations

import re
from typing import Final

_TRADITIONAL: Final = (
    "萬億餘個戶噸標準條張臺場項點處幾級數單雙貳參陸兩無發現違規問題體驗訴訟礦設備終關營業廳員務專區縣鎮鄉鐵電網絡線號碼雲計劃測試評達過約預於"
    "內經運總額費資產負債權淨潤稅價錢幣圓紙臟煙風險災難傷歲週間時鐘頭長寬廣創種類別獎勵榮譽證書認師學習課論壇會議報導彈飛機車輛隻畝頃層樓棟節"
    "熱氣氫減綠環與從將漲縮擴佔較為實際誌著結構轉變優勢勝敗滿蓋聯繫統籌領獨萬國華東灣門開進連續獲評讓遊漲農樹園圖館實體僱傭離職給對應動傳輸訊"
    "誤補貼購買賣貨櫃臺燈綫徑歐韓亞灣醫療養護聽殘婦兒齡歷屆組織團隊講師術競賽屬構築樞紐鏈供應響應時間況爭議採購獎勞廢極"
    "當塊顆攝溫廠倉糧顧幫貧銷訓練據礎質燒儲鋰臨遠邊島賬啟佈範圍鑒檢監舊維裝錶頁冊帶調壓龍碩贊強稱緊複雜贏"
    "親僅夥則製錄幹沒溝簽籤筆紅綜觀訂詐財鎊頻騙斷眾衆棄損後並併裡裏復隨徵適階讀寫聲針銀鋼銅鋁遞選鄰釋閉陽陰韌頂須頒願顯飲驟魚鳥黨齊託"
    "詞謀識販貸貿賠贈趨躍軟軌輕輔輪辦辭遷遺郵閱隱靜驅係疇暫橋檔決湧滅漸潔潛濾瀏狀獻畢異盡確禮穩簡納純細絕緩績繼罰義脫腦舉藝虛衛覽記許"
    "註詢該詳誠語說請諮諾豐轄嚴僑傑儘償儀兌劇匯厭協喪嘗執堅夢奧寶寧審嶼崗庫彙徹恆惡慶懷憶戰戲擇擊擔擾攜敵晉暢歸殼毀氾滬漢澤濟煉爐爾牆"
    "瑩瓊甦痠癥皺盤禍稜窮竊籃絲綁編緒緯縱纜罷羅聖聞聰肅腳膠葉藍藥蘇蝕蟲褲襲診誼諧謂謝譜譯讚賓賢賴賺趕踐蹤軸輯逕遜鄧釐鈔鈣鉛銳鍋鎖鏡鑰"
    "閒閣闊闡雖霧靈頓頗顏颱飾馬駐駛駕騎驕鬥鹽麥"
    "陝遼貴贛瀋閩濱"
)
_SIMPLIFIED: Final = (
    "万亿余个户吨标准条张台场项点处几级数单双贰参陆两无发现违规问题体验诉讼矿设备终关营业厅员务专区县镇乡铁电网络线号码云计划测试评达过约预于"
    "内经运总额费资产负债权净润税价钱币圆纸脏烟风险灾难伤岁周间时钟头长宽广创种类别奖励荣誉证书认师学习课论坛会议报导弹飞机车辆只亩顷层楼栋节"
    "热气氢减绿环与从将涨缩扩占较为实际志着结构转变优势胜败满盖联系统筹领独万国华东湾门开进连续获评让游涨农树园图馆实体雇佣离职给对应动传输讯"
    "误补贴购买卖货柜台灯线径欧韩亚湾医疗养护听残妇儿龄历届组织团队讲师术竞赛属构筑枢纽链供应响应时间况争议采购奖劳废极"
    "当块颗摄温厂仓粮顾帮贫销训练据础质烧储锂临远边岛账启布范围鉴检监旧维装表页册带调压龙硕赞强称紧复杂赢"
    "亲仅伙则制录干没沟签签笔红综观订诈财镑频骗断众众弃损后并并里里复随征适阶读写声针银钢铜铝递选邻释闭阳阴韧顶须颁愿显饮骤鱼鸟党齐托"
    "词谋识贩贷贸赔赠趋跃软轨轻辅轮办辞迁遗邮阅隐静驱系畴暂桥档决涌灭渐洁潜滤浏状献毕异尽确礼稳简纳纯细绝缓绩继罚义脱脑举艺虚卫览记许"
    "注询该详诚语说请咨诺丰辖严侨杰尽偿仪兑剧汇厌协丧尝执坚梦奥宝宁审屿岗库汇彻恒恶庆怀忆战戏择击担扰携敌晋畅归壳毁泛沪汉泽济炼炉尔墙"
    "莹琼苏酸症皱盘祸棱穷窃篮丝绑编绪纬纵缆罢罗圣闻聪肃脚胶叶蓝药苏蚀虫裤袭诊谊谐谓谢谱译赞宾贤赖赚赶践踪轴辑径逊邓厘钞钙铅锐锅锁镜钥"
    "闲阁阔阐虽雾灵顿颇颜台饰马驻驶驾骑骄斗盐麦"
    "陕辽贵赣沈闽滨"
)
_FULL_WIDTH: Final = {full: chr(full - 0xFEE0) for full in range(0xFF01, 0xFF5F)}
_SPACES: Final = dict.fromkeys((0x3000, 0x00A0, 0x202F, 0x2009), " ")
_TABLE: Final = (
    str.maketrans(_TRADITIONAL, _SIMPLIFIED)
    | _FULL_WIDTH
    | _SPACES
    | {ord(dash): "-" for dash in "−–‐‑"}
)
_KEPT: Final = {
    ord(mark): mark for mark in "，：；！？"
}  # not the decimal or thousands of a number
_LOWER: Final = {ord(letter): letter.lower() for letter in "ABCDEFGHIJKLMNOPQRSTUVWXYZ"}
_FOLDED: Final = _TABLE | _LOWER | _KEPT


_THOUSANDS: Final = re.compile(
    r"(?<=\d)[\u00a0\u202f\u2009'\u2019](?=\d{3}(?!\d))"
    r"|(?<![\d.,]\s)(?<![\d.,])(?P<high>[1-9]\d{0,2}) (?=\d{3} ?"
    r"(?:[gmtk]wh|[tgm]j|t|tonnes|tco2e?|kt|m3|mw|km)\b)",
    re.IGNORECASE,
)
"""5 846 GWh and 5'846: spaces and apostrophes that part thousands."""


def folded(text: str) -> str:
    """Return the text with every character folded; its length is that of the text.

    >>> folded("超３萬個")
    '超3万个'
    >>> folded("5\u202f846 GWh")
    '5,846 gwh'
    """
    return _THOUSANDS.sub(_comma, text).translate(_FOLDED)


def _comma(match: re.Match[str]) -> str:
    return f"{match['high'] or ''},"
