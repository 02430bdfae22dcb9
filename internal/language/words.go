package language

import "personae/internal/i18n"

// language is one that is told by its words and letters. Words are the commonest of the
// language in messages to and from a business: those that hold a sentence together, and those
// of asking, thanking and meeting. Letters are those that few other languages write.
type language struct {
	tag     Tag
	name    string
	words   string
	letters string
}

var languages = []language{
	{"ar", i18n.N("Arabic"), "في من على هل كم ما هذا هذه لا نعم شكرا شكراً أن إلى مع عن هو هي لكن أو لو مرحبا السعر سعر أريد يمكن يمكنك كيف متى", ""},
	{"bg", i18n.N("Bulgarian"), "и на да за се не от с по ще съм сте са е това как какво колко кога благодаря моля здравейте цена цената интересувам можем можете ме ви ни но или ли много утре седмица повече информация струва", ""},
	{"ca", i18n.N("Catalan"), "el la els les de que i amb per no és una un em us gràcies bon dia però com quan quant costa podem puc vull més informació setmana demà si us plau aquest aquesta molt", "·"},
	{"zh", i18n.N("Chinese"), "", ""},
	{"hr", i18n.N("Croatian"), "i je da se na u za ne li su sam smo ste što kako koliko kada hvala molim pozdrav cijena cijenu mogu možemo možete me vas nas ali ili više informacija tjedan sutra zanima hvala vam dobar dan bi ako kod", "đ"},
	{"cs", i18n.N("Czech"), "a je se na v že to s z do o ne pro jak jaká co kolik kdy děkuji děkujeme prosím dobrý den ahoj cena cenu mohu můžeme můžete mě vás nám ale nebo více informací týden zítra zajímá jsem jsme jste máme mám bych si stojí příští", "řěů"},
	{"da", i18n.N("Danish"), "og er det at en til på i af for ikke med jeg vi du har kan hvad hvor hvordan hvornår koster tak venlig hilsen hej pris prisen gerne mere uge næste morgen mig os jer jeres din ikke men eller også noget vil være den de om som ja nej tale besked", "æø"},
	{"nl", i18n.N("Dutch"), "de het een en van ik we wij je u uw is zijn niet dat dit wat hoe hoeveel wanneer kost kosten bedankt dank vriendelijke groet groeten hallo prijs graag meer week volgende morgen mij ons kunnen kan kunt maar of ook voor met op aan bij heeft heb hebben ja nee bellen deze naar om bericht jullie interesse informatie per maand mag me", ""},
	{"en", i18n.N("English"), "the and is are to of a an in it you your we our i me my what how when where much many does do can could would please thanks thank hi hello price cost call interested not no yes but or for with this that have has be will from at on if about more information week tomorrow next let us know sounds good great not just so need want get send like see tell had been was any some out up than too also there they he she who which why there's don't i'm it's we're month team", ""},
	{"et", i18n.N("Estonian"), "ja on ei see et ma me te kui palju mis kuidas millal aitäh tänan palun tere hind hinda maksab võib saab saame kas aga või rohkem infot nädal homme järgmine huvitatud olen oleme teie meie mind", "õ"},
	{"fi", i18n.N("Finnish"), "ja on ei se että minä olen me te kuinka paljon mitä miten milloin kiitos hei hinta hintaa maksaa voi voimme voisimme voitteko voinko mutta tai lisää tietoa viikko viikolla huomenna ensi kiinnostunut olemme teidän meidän minua tämä ole kyllä onko jos", ""},
	{"fr", i18n.N("French"), "le la les de des du un une et est que qui je nous vous il elle ce cette ne pas pour avec dans sur au aux mon ma mes votre vos notre combien quand comment quel quelle coûte prix merci bonjour salut cordialement s'il plaît plus mais ou où oui non suis êtes avez pouvez puis peut peux demain semaine prochaine intéressé intéressée intéresse informations d'informations offre appeler m'appeler ça c'est j'ai me à en être avoir très bien y mois par si on rappelez envoyez tout fait aussi", "ç"},
	{"de", i18n.N("German"), "der die das und ist nicht ich wir sie ihr ihre ihren ihrem ihnen ein eine einen einem einer zu zum zur von mit für auf an im in den dem des es was wie wann wo wer kostet kosten danke dank bitte hallo guten tag gruß grüße freundlichen preis gern gerne mehr woche nächste nächsten morgen mich mir uns können kann könnten würde würden hätte habe haben hat aber oder auch noch bei nach wenn dass ja nein vielen interesse interessiert informationen angebot termin melden rufen telefonieren um klingt gut kein keine sind bin als nur schon sehr wieviel viel pro monat da so möchte möchten schicken senden", "ß"},
	{"el", i18n.N("Greek"), "", ""},
	{"he", i18n.N("Hebrew"), "", ""},
	{"hi", i18n.N("Hindi"), "", ""},
	{"hu", i18n.N("Hungarian"), "a az és egy nem hogy van is ez mennyi mennyibe kerül mit hogyan mikor köszönöm köszönjük kérem kérjük szia jó napot üdvözlettel ár ára ajánlat szeretnék szeretném tudunk tudna tudnánk de vagy több információ információt hét héten holnap jövő érdekel minket engem ha meg csak", "őű"},
	{"id", i18n.N("Indonesian"), "yang dan di ini itu saya kami anda apa berapa bagaimana kapan terima kasih tolong halo harga harganya bisa apakah tidak ya untuk dengan dari ke tapi atau lebih informasi minggu besok depan tertarik ada akan juga bulan", ""},
	{"it", i18n.N("Italian"), "il lo la i gli le di che e è un una non per con sono si mi ci vi come quanto quando cosa costa prezzo grazie buongiorno salve ciao saluti cordiali favore più ma o sì no posso possiamo può potete vorrei vorremmo settimana prossima domani interessato interessata interessati informazioni messaggio della del dei delle nel alla al ho abbiamo questo questa anche da se sentirci chiamare chiamarmi mese offerta vostra vostro", ""},
	{"ja", i18n.N("Japanese"), "", ""},
	{"ko", i18n.N("Korean"), "", ""},
	{"lv", i18n.N("Latvian"), "un ir ar par uz no es mēs jūs kā cik kad kas paldies lūdzu labdien sveiki cena cenu maksā vai bet vairāk informācijas nedēļ nedēļa nedēļā rīt nākamajā interesē varam varu nav tas mums man jūsu", "ģķļņ"},
	{"lt", i18n.N("Lithuanian"), "ir yra ne kad su už iš į aš mes jūs kaip kiek kada kas ačiū prašau prašome laba diena sveiki kaina kainą kainuoja ar bet arba daugiau informacijos savaitę rytoj kitą domina galime galiu tai mums man jūsų", "ėįųū"},
	{"nb", i18n.N("Norwegian"), "og er det at en til på i av for ikke med jeg vi du har kan hva hvor hvordan når koster takk vennlig hilsen hei pris prisen gjerne mer uke neste morgen meg oss dere deres din men eller også noe vil være den de om som ja nei snakke meldingen melding mye", "æø"},
	{"fa", i18n.N("Persian"), "است که در از به را این آن برای با چه چقدر چند لطفا لطفاً ممنون سلام قیمت می\u200cتوانید می\u200cخواهم هفته فردا بله نه ما شما من", "پچژگ"},
	{"pl", i18n.N("Polish"), "i w na z że to się nie jest do o jak co ile kiedy dziękuję dzięki dziękujemy proszę dzień dobry cześć witam pozdrawiam cena cenę kosztuje mogę możemy może czy ale lub więcej informacji tydzień tygodniu jutro przyszłym interesuje jestem jesteśmy mi mnie nas was państwa państwo dla od po tak oferta ofertę za wiadomość będzie chcę chciałbym", "łżźśćń"},
	{"pt", i18n.N("Portuguese"), "o a os as de do da dos das que e é um uma não para com em no na por se eu nós você vocês me meu minha seu sua como quanto quando qual custa preço obrigado obrigada olá bom dia favor mais mas ou sim posso podemos pode podem gostaria gostaríamos semana próxima amanhã interesse interessado interessada informações mensagem tenho temos isto isso este esta também falar ligar mês enviar proposta estou muito", "ãõ"},
	{"ro", i18n.N("Romanian"), "și si nu este sunt un o în la de cu pe că să cum cât cand când mulțumesc multumesc mulțumim vă rog bună ziua salut preț prețul costă costa putem pot puteți dar sau mai informații informatii săptămână săptămâna mâine viitoare interesează interesat mă ne dumneavoastră pentru din am avem ați oferta", "ășțţ"},
	{"ru", i18n.N("Russian"), "и в на не что с как это я мы вы он по за но или для от до у к о сколько когда где какой какая стоит цена цену спасибо пожалуйста здравствуйте привет добрый день можно можем можете хочу хотим интересует интересно мне нас нам вас вам меня ещё еще больше информации неделя неделе завтра следующей да нет если бы есть мы ли очень", "ыэё"},
	{"sr", i18n.N("Serbian"), "и је да се на у за не ли су сам смо сте што шта како колико када хвала молим поздрав цена цену могу можемо можете ме вас нас али или више информација недеље сутра занима", "ђћјљњџ"},
	{"sk", i18n.N("Slovak"), "a je sa na v že to s z do o nie pre ako aká čo koľko kedy ďakujem ďakujeme prosím dobrý deň ahoj cena cenu môžem môžeme môžete ma vás nám ale alebo viac informácií týždeň zajtra zaujíma som sme ste máme mám by si stojí budúci", "ľĺŕôä"},
	{"sl", i18n.N("Slovenian"), "in je da se na v za ne ali so sem smo ste kaj kako koliko kdaj hvala prosim pozdravljeni lep pozdrav cena ceno lahko me vas nas vam več informacij teden jutri naslednji zanima stane bi če tudi z s dober dan", ""},
	{"es", i18n.N("Spanish"), "el la los las de del que y es un una no por para con en se lo me mi nos le su sus como cómo cuánto cuanto cuándo cuando qué cuesta precio gracias hola saludos favor más pero o sí puedo podemos puede pueden podría quisiera me gustaría semana próxima mañana interesa interesado interesada información mensaje tengo tenemos esto esta este también al muy bien hablar llamar llámeme llámame mes oferta estoy buenos días buenas tardes mándeme envíeme", "ñ¿¡"},
	{"sv", i18n.N("Swedish"), "och är det att en ett till på i av för inte med jag vi ni du har kan vad hur när var kostar tack vänlig hälsning hälsningar hej pris priset gärna mer vecka nästa imorgon morgon mig oss er ert din men eller också något vill vara den de om som ja nej prata ditt meddelande mycket skulle skicka ring", ""},
	{"th", i18n.N("Thai"), "", ""},
	{"tr", i18n.N("Turkish"), "ve bir bu için ne kadar ile mi mı mu mü var yok değil ben biz siz nasıl zaman teşekkürler teşekkür ederim lütfen merhaba selam fiyat fiyatı nedir ama veya daha fazla bilgi hafta gelecek yarın ilgileniyorum istiyorum istiyoruz bana bize size evet hayır çok iyi aylık", "ığş"},
	{"uk", i18n.N("Ukrainian"), "і в на не що з як це я ми ви він по за але або для від до у та скільки коли де яка який коштує ціна ціну дякую дякуємо будь ласка вітаю добрий день привіт можна можемо можете хочу хочемо цікавить мені нас нам вас вам мене ще більше інформації тиждень тижня завтра наступного так ні якщо є чи дуже", "іїєґ"},
	{"vi", i18n.N("Vietnamese"), "là và của có không cho tôi bạn chúng bao nhiêu giá thế nào khi cảm ơn xin chào vui lòng được với này nhưng hoặc thêm thông tin tuần mai sau quan tâm anh chị em", "ạảấầẩẫậắằẳẵặẹẻẽếềểễệỉịọỏốồổỗộớờởỡợụủứừửữựỳỵỷỹđơư"},
}
