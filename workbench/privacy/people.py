"""Where people are named after a title, and where they live: what has no check digit and must be told by its form.

Both err on the side of the text: a name without a title and an address without a house number stay. Brands that begin like
a person (Dr. Martens, 王老吉) are listed or do not fit the form.
"""

import re

_HAN = "\u4e00-\u9fff"

# --- names, English -------------------------------------------------------------------------------------------------
_NO_NAME = (  # brands, figures and sayings that begin with a title; words that begin a sentence
    "Martens", "Muscle", "Meyer", "Meyers", "Pepper", "Coffee", "Bean", "Price", "Robot", "Oetker", "Dior", "Marvel",
    "Claus",
    "Scholl", "Scholls", "Clean", "Kipling", "Sheen", "Sixty", "Selfridge", "Universe", "World", "Bronner", "Bronners",
    "Brown's", "Browns", "Jart", "Squatch", "Beast", "Doubtfire", "Potts", "Darcy", "Strange", "Seuss", "No", "Who", "House",
    "Big", "Men", "Right", "Perfect", "Hauschka", "Dre", "Potato", "Hinch", "Dash", "Fix", "Heater", "Bar", "Bubble",
    "Sketch",
    "Beckmann", "Dolittle", "Barbara", "Sebagh", "Fresh", "Happy", "America", "Kitty", "Pacman", "Fields", "Butterworth",
    "The", "This", "That", "These", "It", "I", "He", "She", "We", "You", "They", "Or", "And", "But", "Is", "My", "Our",
    "Your",
    "In", "On", "At", "For", "To", "Of", "So", "If", "When", "Then", "There", "A", "An", "Very", "Not", "As", "All", "With")
_WORD = r"(?!(?:" + "|".join(_NO_NAME) + r")(?:['’]s)?\b)[A-Z](?:['’][A-Z])?[a-zà-ÿ]+(?:[-'’][A-Z][a-zà-ÿ]+)*"
_PARTICLE = r"(?:de la|de|van der|van|von|da|di|bin|binte|al|el) "
NAMES_EN = re.compile(
    r"(?<![A-Za-z])(?:Mr|Mrs|Ms|Mx|Miss|Mdm|Madam|Madame|Dr|Prof|Professor|Rev|Reverend|MR|MRS|MS|DR)(?![A-Za-z])\.?\s+"
    r"(?:(?:and|&)\s+(?:Mr|Mrs|Ms|Dr)\.?\s+)?"
    rf"(?P<found>(?:{_PARTICLE})?{_WORD}(?: (?:{_PARTICLE})?{_WORD}){{0,2}})(?![A-Za-z])")

# --- names, Chinese -------------------------------------------------------------------------------------------------
_SURNAMES = (
    "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗梁宋郑谢韩唐冯于董萧肖程曹袁邓许傅沈曾彭吕苏卢蒋蔡贾丁魏薛叶阎余潘杜戴夏钟汪"
    "田任姜范方石姚谭廖邹熊金陆郝孔白崔康毛邱秦江史顾侯邵孟龙万段雷钱汤尹黎易常武乔贺赖龚文庞樊兰殷施陶洪翟安颜倪严牛温芦季"
    "俞章鲁葛伍韦申尤毕聂焦向柳邢路岳齐梅莫庄辛管祝左涂谷祁时舒耿牟卜詹关苗凌费纪靳盛童欧甄项曲成游阳裴席卫查屈鲍位覃霍翁"
    "隋植甘景薄单包司柏宁柯阮桂闵解强柴华车冉房边辜吉饶刁瞿戚丘古米池滕晋苑邬臧畅宫来嵺苟全褚廉简娄盖符奚木穆党燕郎邸冀谈"
    "姬屠连郜晏栾郁商蒙计喻揭窦迟宇敖糜鄢冷卓花仇艾蓝都巩稽井练仲乐虞卞封竺冼原官衣楚佟栗匡宗应台巫鞠僧桑荆谌银扬明沙薄伏岑习胥保和蔺")
_COMPOUND = "欧阳|司马|上官|诸葛|夏侯|司徒|皇甫|慕容|令狐|尉迟|端木|东方|南宫|公孙|长孙|宇文"
# As ordinary characters these are far more frequent than as surnames.
_PLAIN = "来和时成向明都全位华应原应强保台解商计乐花冷宗官包边连查安单练党盖木简迟"
_SURNAME = f"(?:{_COMPOUND}|[{''.join(sorted(set(_SURNAMES) - set(_PLAIN)))}])"
_TITLE = (r"(?:先生|女士|小姐(?![姐妹])|太太|夫人|老师(?!傅)|师傅|经理|主任|教授|医生|大夫|护士|律师"
          r"|阿姨|叔叔|大叔|大妈|大爷|大哥|大姐|奶奶|爷爷|店长|老板|警官|总监|校长|院长)(?![牌款])")
_NOT_GIVEN = ("的了是我你您他她它们这那个位和跟给请找问让被把对说在有没不很也都就还又"
              "去来到要会能等为与及叫喊从向送寄买用谢老小男女先")
_GIVEN = rf"[^\W\d_a-zA-Z{_NOT_GIVEN}]"
_OFTEN_GIVEN = "文龙康江林夏金石方白雷武常史易高田叶"  # the last character of many given names
_FIRM = f"(?:{_COMPOUND}|[{''.join(sorted(set(_SURNAMES) - set(_PLAIN) - set(_OFTEN_GIVEN)))}])"
_BEFORE = rf"(?:(?<![{_HAN}])|(?<=[的了是我你他她们位和跟给请找问让被把对说在由叫向送寄写为与谢名人员服主件系]))"
_NO_NAME_ZH = ("高级|高档|任课|钟点|安装|施工|管家|金牌|金融|车间|古琴|程序|方案|游戏|项目"
               "|白衣|白领|万能|时间|司机|关于|易于|终于|由于|马上|金主|方便|周到|周末|石材|武术|常驻|谈判|房东|路边|路过|江湖|文化|文科|历史|车友|牛奶"
               "|雷厉|高铁|温柔|康复|夏天|田间|蒙牛")
_NO_SURNAME = "(?!(?<=[感多谢])谢|(?<=相)关|(?<=[语作])文|(?<=蒙)牛)"  # thanks, relevant, essays, a dairy
NAMES_ZH = re.compile(
    rf"(?P<found>{_NO_SURNAME}(?:{_FIRM}|{_BEFORE}(?!{_NO_NAME_ZH}){_SURNAME}{_GIVEN}{{1,2}}?|{_SURNAME}))(?={_TITLE})")
BOSS_ZH = re.compile(rf"(?:(?<![{_HAN}])|(?<=[找给跟是和]))(?P<found>{_SURNAME})"
                     r"(?=总(?:[，。！？、,.!?\s]|[用说也送让]|推荐))")

# --- addresses, English ---------------------------------------------------------------------------------------------
_CAP = r"[A-Z][A-Za-z'’.-]*"
_TYPE = (r"(?:Street|St|Road|Rd|Avenue|Ave|Lane|Ln|Drive|Dr|Boulevard|Blvd|Close|Court|Ct|Place|Pl|Way|Square|Sq|Terrace|"
         r"Parade|Crescent|Cres|Highway|Hwy|Gardens|Walk|Quay|Grove|Row|Mews|Parkway|Pkwy|Link|View|Rise|Hill)\b"
         r"(?:(?<=St|Rd|Ln|Dr|Ct|Pl|Sq)\.|(?<=Ave)\.)?")
_UNIT = r"(?:,?\s+(?:(?:Apt|Apartment|Suite|Ste|Unit|Flat|Floor|Room|Rm)\.?\s*#?[A-Za-z]?\d+[A-Za-z]?|#\d{1,3}-\d{1,5}))"
_POSTCODE = r"(?:[A-Z]{1,2}\d[A-Z\d]?\s?\d[A-Z]{2}|\d{4,6}(?:-\d{4})?)(?![A-Za-z\d])"
_TOWN = rf"(?:,?\s+{_CAP}(?:\s{_CAP}){{0,2}}(?:,?\s+[A-Z]{{2,3}}(?![A-Za-z]))?,?\s+{_POSTCODE}|,\s+Dublin\s\d{{1,2}})"
ADDRESSES_EN = re.compile(
    r"(?<![A-Za-z\d$£€#.,/-])(?P<found>(?:(?:P\.?\s?O\.?\s?Box\s\d{1,6})|"
    r"(?:(?:Blk|Block|Unit|Flat|Apt)\.?\s*\d+[A-Z]?,?\s+)?\d{1,5}(?:[-/]\d{1,4})?[A-Z]?\s+"
    rf"(?:(?:{_CAP}\s+){{1,4}}{_TYPE}(?:\s(?!\d{{4}})\d{{1,3}}(?![\d:.]))?|(?:Jalan|Lorong)(?:\s{_CAP}|\s\d{{1,3}}){{1,3}})"
    rf"){_UNIT}?{_TOWN}?)")
BLOCKS_EN = re.compile(rf"(?<![A-Za-z\d])(?P<found>(?:Blk|Block)\.?\s*\d{{1,4}}[A-Z]?,?\s+(?:{_CAP}\s+){{1,4}}"
                       rf"(?:{_TYPE}\s*)?(?:\d{{1,3}}(?!\d))?{_UNIT}?{_TOWN}?)")

# --- addresses, Chinese ---------------------------------------------------------------------------------------------
_PROVINCES = ("北京|上海|天津|重庆|河北|山西|辽宁|吉林|黑龙江|江苏|浙江|安徽|福建|江西"
              "|山东|河南|湖北|湖南|广东|海南|四川|贵州|云南|陕西|甘肃"
              "|青海|台湾|内蒙古|广西|西藏|宁夏|新疆|香港|澳门")
_CITIES = (
    "石家庄|唐山|秦皇岛|邯郸|邢台|保定|张家口|承德|沧州|廊坊|衡水|太原|大同|长治|晋城|运城|临汾|呼和浩特|包头|赤峰|沈阳|大连|鞍山|抚顺|"
    "本溪|丹东|锦州|营口|长春|吉林|四平|延边|哈尔滨|齐齐哈尔|大庆|牡丹江|南京|无锡|徐州|常州|苏州|南通|连云港|淮安|盐城|扬州|镇江|泰州|"
    "宿迁|杭州|宁波|温州|嘉兴|湖州|绍兴|金华|衢州|舟山|台州|丽水|合肥|芜湖|蚌埠|淮南|马鞍山|安庆|黄山|滁州|阜阳|宿州|六安|福州|厦门|莆田|"
    "三明|泉州|漳州|南平|龙岩|宁德|南昌|景德镇|萍乡|九江|新余|赣州|吉安|宜春|上饶|济南|青岛|淄博|枣庄|东营|烟台|潍坊|济宁|泰安|威海|日照|"
    "临沂|德州|聊城|滨州|菏泽|郑州|开封|洛阳|平顶山|安阳|新乡|焦作|许昌|南阳|商丘|信阳|周口|驻马店|武汉|黄石|十堰|宜昌|襄阳|荆州|黄冈|"
    "长沙|株洲|湘潭|衡阳|邵阳|岳阳|常德|张家界|郴州|永州|怀化|广州|韶关|深圳|珠海|汕头|佛山|江门|湛江|茂名|肇庆|惠州|梅州|清远|东莞|中山|"
    "潮州|揭阳|南宁|柳州|桂林|北海|玉林|海口|三亚|成都|自贡|泸州|德阳|绵阳|遂宁|内江|乐山|南充|宜宾|达州|贵阳|遵义|昆明|曲靖|大理|丽江|"
    "拉萨|西安|宝鸡|咸阳|渭南|延安|汉中|兰州|天水|西宁|银川|乌鲁木齐|义乌|昆山|江阴|张家港|常熟|晋江")
_NOT_PLACE = "的了是我你您他她它们这那去来给跟从把被让请得着过吧吗呢啊哦就也都还又没不"
_PLACE = rf"[^\W\d_a-zA-Z{_NOT_PLACE}]"
_ROAD = r"(?:大道|路|街|道|巷|胡同|弄)"
_NUMBER = r"[甲乙丙]?\d{1,5}(?:[-－]\d{1,4})?(?:号(?![线店色码])|號|弄)"
_FURTHER = (r"(?:\s?(?:院内?|[A-Z]?\d{0,4}[A-Z]?(?:号楼|号院|号|栋|幢|座|单元|楼|层|室|户|房)))*"
            r"(?:\s?\d{3,4}(?:室|房|(?![\d.元块])))?")
_REGION = rf"(?:(?:{_PROVINCES})(?:省|市|壮族自治区|自治区)?)?(?:(?:{_CITIES})市?)?"
_FROM_ROAD = r"(?:住|在|到|至|往|址|送|寄|回|收|于|改成|：|:|是)"
ADDRESSES_ZH = re.compile(
    rf"(?P<found>(?=(?:{_PROVINCES}|{_CITIES})){_REGION}{_PLACE}{{1,18}}?{_ROAD}(?:[东南西北中])?(?:[一二三四五六七八九十]段)?"
    rf"{_NUMBER}{_FURTHER})")
ROADS_ZH = re.compile(
    rf"(?:(?<![{_HAN}])|(?<={_FROM_ROAD.replace('改成|', '')})|(?<=改成))(?P<found>(?:{_PLACE}{{2,6}}(?:区|县|镇))?"
    rf"(?:[^\W\d_a-zA-Z{_NOT_PLACE}在到住]{{1,5}}){_ROAD}(?:[一二三四五六七八九十]段)?{_NUMBER}{_FURTHER})")
ESTATES_ZH = re.compile(
    rf"(?:(?<![{_HAN}])|(?<=[住在到至往址送寄回放]))(?P<found>(?![住在到至往址送寄回放])[^\W\d_a-zA-Z{_NOT_PLACE}在到住]{{2,8}}(?:小区|花园|公寓|苑|城|村|里|府|园|庭|湾)"
    r"\s?[A-Z]?\d{1,3}(?:号楼|栋|幢|座|号)(?:\s?[A-Z]?\d{1,4}(?:单元|室|楼|层|号|房))+)")

PATTERNS = (
    ("ADDRESS", ADDRESSES_ZH), ("ADDRESS", ESTATES_ZH), ("ADDRESS", ROADS_ZH), ("ADDRESS", BLOCKS_EN),
    ("ADDRESS", ADDRESSES_EN), ("NAME", NAMES_EN), ("NAME", NAMES_ZH), ("NAME", BOSS_ZH))
WORTH_A_LOOK = re.compile(
    r"(?<![A-Za-z])(?:M[rsx]|M[RS]|Mrs|MRS|Miss|Mdm|Madame?|D[rR]|Prof|Rev)|先生|女士|小姐|太太|夫人|老师|师傅|经理|主任|教授|医生|大夫|护士|律师"
    r"|阿姨|叔|大妈|大爷|大哥|大姐|奶奶|爷爷|店长|老板|警官|总|校长|院长|\d\s?(?:号|號|弄|栋|幢|座)|\d[A-Z]?\s+[A-Z]|Box\s\d|Bl(?:k|ock)")
