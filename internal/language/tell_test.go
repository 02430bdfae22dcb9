package language_test

import (
	"strings"
	"testing"

	"personae/internal/language"
)

// written are messages as leads write them, each with its language.
var written = strings.Split(strings.TrimSpace(`
en|Thanks, sounds good. What does it cost?
en|Please call me tomorrow afternoon.
en|How much is it per month? We are a team of five.
en|Yes please, send me more information.
en|Can you tell me more about the pricing?
en|I'm interested. When can we talk?
en|We already use another tool, but I would like to see a demo.
de|Was kostet das?
de|Vielen Dank, das klingt gut. Können wir nächste Woche telefonieren?
de|Bitte rufen Sie mich morgen an.
de|Ich hätte gern mehr Informationen zu Ihrem Angebot.
de|Wir sind interessiert, wann hätten Sie Zeit?
de|Hallo, was würde das für zehn Personen kosten?
de|Danke, aber wir haben schon einen Anbieter.
fr|Combien ça coûte ?
fr|Merci pour votre message. Pouvez-vous m’appeler demain ?
fr|Je suis intéressé par votre offre, envoyez-moi plus d'informations.
fr|Bonjour, quel est le prix pour une équipe de dix personnes ?
fr|Oui, avec plaisir. Quand êtes-vous disponible ?
es|¿Cuánto cuesta?
es|Gracias por su mensaje. ¿Podemos hablar la próxima semana?
es|Me interesa, mándeme más información por favor.
es|Hola, ¿cuál es el precio para un equipo de diez personas?
es|Ya tenemos un proveedor, pero me gustaría ver una demo.
it|Quanto costa al mese?
it|Grazie per il messaggio. Possiamo sentirci domani pomeriggio?
it|Sono interessato, mi può mandare più informazioni?
it|Buongiorno, qual è il prezzo per dieci persone?
pt|Quanto custa por mês?
pt|Obrigado pela mensagem. Podemos falar na próxima semana?
pt|Tenho interesse, pode me enviar mais informações?
pt|Olá, qual é o preço para uma equipe de dez pessoas?
nl|Wat kost het per maand?
nl|Bedankt voor uw bericht. Kunnen we volgende week bellen?
nl|Ik heb interesse, kunt u mij meer informatie sturen?
pl|Ile to kosztuje?
pl|Dziękuję za wiadomość. Czy możemy porozmawiać w przyszłym tygodniu?
pl|Dzień dobry, interesuje mnie Państwa oferta.
sv|Vad kostar det?
sv|Tack för ditt meddelande. Kan vi prata nästa vecka?
sv|Jag är intresserad, kan ni skicka mer information?
da|Hvad koster det?
da|Tak for din besked. Kan vi tale sammen i næste uge?
nb|Hva koster det?
nb|Takk for meldingen. Kan vi snakke neste uke?
fi|Paljonko se maksaa? Voimme puhua ensi viikolla.
fi|Kiitos viestistä, olen kiinnostunut.
cs|Děkuji za zprávu. Můžeme si příští týden zavolat?
cs|Kolik to stojí?
sk|Ďakujem za správu. Môžeme si budúci týždeň zavolať?
hu|Mennyibe kerül? Szeretnék több információt.
ro|Mulțumesc pentru mesaj. Cât costă pe lună?
tr|Mesajınız için teşekkürler. Gelecek hafta konuşabilir miyiz?
tr|Fiyatı ne kadar?
hr|Hvala na poruci. Koliko košta i kada možemo razgovarati?
ru|Сколько это стоит?
ru|Спасибо за сообщение. Можем поговорить на следующей неделе?
uk|Скільки це коштує? Чи можемо поговорити наступного тижня?
bg|Колко струва? Моля, изпратете ми повече информация.
el|Πόσο κοστίζει;
he|כמה זה עולה?
ja|いくらですか？来週お電話いただけますか。
zh|请问价格是多少？
ko|가격이 얼마인가요?
th|ราคาเท่าไหร่
ar|كم السعر؟ هل يمكن أن نتحدث غداً؟
hi|इसकी कीमत क्या है?
id|Terima kasih. Berapa harganya per bulan?
vi|Cảm ơn bạn. Giá bao nhiêu một tháng?
`), "\n")

func TestTheLanguageOfAShortMessageIsToldOrNotSaid(t *testing.T) {
	t.Parallel()
	untold := 0
	for _, line := range written {
		want, text, _ := strings.Cut(line, "|")
		told := language.Tell(text)
		switch {
		case told.Tag == "":
			untold++
			t.Logf("not told: %s", line)
		case string(told.Tag) != want:
			t.Errorf("%s was told of %s", told.Tag, line)
		}
	}
	if most := len(written) / 10; untold > most {
		t.Errorf("%d of %d could not be told, more than %d", untold, len(written), most)
	}
}

func TestNothingIsToldOfWhatSaysNothing(t *testing.T) {
	t.Parallel()
	for _, text := range []string{"", "Ok", "?", "12345", "Ja", "Si", "No", "OK 👍", "Anna Müller", "Harbor Analytics GmbH",
		"https://example.com/was/kostet/das", "die@und.example", "Lorem ipsum dolor sit amet", "Demo?", "Interesse",
		"Diolch am eich neges. Faint mae’n costio?", "Habari, bei yake ni gani kwa mwezi?", "Eskerrik asko. Zenbat balio du?",
		"Guten Tag, was kostet das bitte? How much is it, please?"} {
		if told := language.Tell(text); told.Tag != "" {
			t.Errorf("%q is %v", text, told)
		}
	}
}
