type Pair = readonly [asked: string, stored: string];

/** What guards know of English must not harm others; what is the same everywhere must be told apart everywhere. */
export const LANGUAGES: Readonly<Record<string, { same: readonly Pair[]; other: readonly Pair[] }>> = {
  German: {
    same: [
      ["Wie setze ich mein Passwort zurück?", "Ich habe mein Passwort vergessen, wie ändere ich es?"],
      ["Wann öffnet das Museum am Montag?", "Um wie viel Uhr macht das Museum montags auf?"],
      ["Warum geht der Drucker nicht?", "Wieso ist der Drucker kaputt?"],
      ["Was kostet eine Fahrkarte nach Köln?", "Wie teuer ist ein Ticket nach Köln?"],
    ],
    other: [
      ["Was kosten 3 Karten?", "Was kosten 4 Karten?"],
      ["Was heißt „danke“ auf Polnisch?", "Was heißt „bitte“ auf Polnisch?"],
    ],
  },
  French: {
    same: [
      ["Comment réinitialiser mon mot de passe ?", "J’ai oublié mon mot de passe, comment le changer ?"],
      ["Quel est le prix d'un billet pour Lyon ?", "Combien coûte un billet pour Lyon ?"],
      ["Pourquoi le ciel est-il bleu ?", "Quelle est la raison de la couleur bleue du ciel ?"],
      ["Où puis-je me garer sans payer ?", "Où se trouve un parking gratuit ?"],
    ],
    other: [
      ["Que signifie « chat » en anglais ?", "Que signifie « chien » en anglais ?"],
      ["Un billet à 20 €", "Un billet à 30 €"],
    ],
  },
  Spanish: {
    same: [
      ["¿Cómo puedo cambiar mi contraseña?", "Olvidé mi contraseña, ¿qué hago para cambiarla?"],
      ["¿A qué hora abre el banco?", "¿Cuándo abre el banco?"],
      ["No puedo entrar en mi cuenta", "¿Por qué mi cuenta está bloqueada?"],
      ["¿Dónde está la biblioteca de Toledo?", "¿En qué calle queda la biblioteca de Toledo?"],
    ],
    other: [
      ["¿Qué pasó en 1492?", "¿Qué pasó en 1493?"],
      ["Abrir https://ejemplo.es/uno", "Abrir https://ejemplo.es/dos"],
    ],
  },
  Italian: {
    same: [
      ["Come posso cambiare la password?", "Ho dimenticato la password, come la cambio?"],
      ["Quanto costa un biglietto per Roma?", "Qual è il prezzo di un biglietto per Roma?"],
      ["Perché il mare è salato?", "Come mai il mare è salato?"],
      ["Non riesco ad aprire il file", "Il file non si apre"],
    ],
    other: [
      ["Un treno alle 10:15", "Un treno alle 10:45"],
      ["Cosa vuol dire «ciao»?", "Cosa vuol dire «addio»?"],
    ],
  },
  Dutch: {
    same: [
      ["Hoe wijzig ik mijn wachtwoord?", "Ik ben mijn wachtwoord kwijt, hoe verander ik het?"],
      ["Hoe laat gaat de winkel open?", "Wanneer opent de winkel?"],
      ["Waarom is de lucht blauw?", "Hoe komt het dat de lucht blauw is?"],
      ["Mijn fiets is niet geleverd", "Waar blijft mijn fiets?"],
    ],
    other: [
      ["Een kamer voor 2 nachten", "Een kamer voor 5 nachten"],
      ["Wat betekent “lekker”?", "Wat betekent “mooi”?"],
    ],
  },
  Polish: {
    same: [
      ["Jak zmienić hasło do konta?", "Zapomniałem hasła, jak je zmienić?"],
      ["Ile kosztuje bilet do Krakowa?", "Jaka jest cena biletu do Krakowa?"],
      ["Czy ten sklep jest otwarty?", "Czy mogę teraz iść do tego sklepu?"],
      ["Nie mogę się zalogować", "Dlaczego logowanie nie działa?"],
    ],
    other: [
      ["Pociąg o 8:20", "Pociąg o 8:50"],
      ["Co znaczy „pies”?", "Co znaczy „kot”?"],
    ],
  },
  Turkish: {
    same: [
      ["Şifremi nasıl değiştirebilirim?", "Şifremi unuttum, nasıl yenilerim?"],
      ["İstanbul'a bilet ne kadar?", "İstanbul için bilet fiyatı nedir?"],
      ["Müze saat kaçta açılıyor?", "Müzenin açılış saati nedir?"],
    ],
    other: [
      ["3 kişilik oda", "5 kişilik oda"],
      ["https://ornek.com/a adresini aç", "https://ornek.com/b adresini aç"],
    ],
  },
  Russian: {
    same: [
      ["Как сбросить пароль?", "Я забыл пароль, как его поменять?"],
      ["Сколько стоит билет в Казань?", "Какова цена билета в Казань?"],
      ["Почему не работает принтер?", "Отчего принтер сломался?"],
    ],
    other: [
      ["Что было в 1917 году?", "Что было в 1941 году?"],
      ["Что значит «да»?", "Что значит «нет»?"],
    ],
  },
  Greek: {
    same: [
      ["Πώς αλλάζω τον κωδικό μου;", "Ξέχασα τον κωδικό μου, πώς τον αλλάζω;"],
      ["Πόσο κοστίζει το εισιτήριο για Πάτρα;", "Ποια είναι η τιμή εισιτηρίου για Πάτρα;"],
      ["ΠΟΥ ΕΙΝΑΙ Ο ΣΤΑΘΜΟΣ;", "πού βρίσκεται ο σταθμός;"],
    ],
    other: [
      ["Δωμάτιο για 2 νύχτες", "Δωμάτιο για 3 νύχτες"],
      ["Τι σημαίνει «ναι»;", "Τι σημαίνει «όχι»;"],
    ],
  },
  Arabic: {
    same: [
      ["كيف أغير كلمة المرور؟", "نسيت كلمة المرور، كيف أستعيدها؟"],
      ["كم سعر التذكرة إلى القاهرة؟", "ما ثمن تذكرة القاهرة؟"],
      ["متى يفتح المتحف؟", "في أي ساعة يفتح المتحف؟"],
    ],
    other: [
      ["غرفة لمدة ٣ ليال", "غرفة لمدة ٥ ليال"],
      ["ماذا تعني “نعم”؟", "ماذا تعني “لا”؟"],
    ],
  },
  Hindi: {
    same: [
      ["मैं अपना पासवर्ड कैसे बदलूँ?", "पासवर्ड भूल गया, नया कैसे बनाऊँ?"],
      ["दिल्ली का टिकट कितने का है?", "दिल्ली के टिकट की कीमत क्या है?"],
      ["आसमान नीला क्यों है?", "आसमान का रंग नीला होने का कारण क्या है?"],
    ],
    other: [
      ["२ रातों के लिए कमरा", "३ रातों के लिए कमरा"],
      ["“हाँ” का अर्थ क्या है?", "“नहीं” का अर्थ क्या है?"],
    ],
  },
  Chinese: {
    same: [
      ["怎么重置密码？", "我忘记密码了，怎么改？"],
      ["去上海的票多少钱？", "去上海的车票价格是多少？"],
      ["天空为什么是蓝色的？", "为什么天是蓝的？"],
    ],
    other: [
      ["订3个房间", "订4个房间"],
      ["「猫」用英语怎么说？", "「狗」用英语怎么说？"],
    ],
  },
  Japanese: {
    same: [
      ["パスワードを変更するには？", "パスワードを忘れました。どうやって変えますか？"],
      ["京都までの切符はいくらですか？", "京都行きの切符の値段は？"],
      ["空はなぜ青いのですか？", "どうして空は青いの？"],
    ],
    other: [
      ["２泊の部屋", "３泊の部屋"],
      ["「はい」の意味は？", "「いいえ」の意味は？"],
    ],
  },
  Korean: {
    same: [
      ["비밀번호를 어떻게 바꾸나요?", "비밀번호를 잊었어요. 어떻게 재설정하나요?"],
      ["부산까지 표는 얼마인가요?", "부산행 표의 가격은?"],
      ["하늘은 왜 파란가요?", "왜 하늘은 파랗죠?"],
    ],
    other: [
      ["방 2개 예약", "방 3개 예약"],
      ["“예”는 무슨 뜻인가요?", "“아니요”는 무슨 뜻인가요?"],
    ],
  },
};
