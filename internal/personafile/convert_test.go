package personafile_test

import (
	"bytes"
	"compress/zlib"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"errors"
	"hash/crc32"
	"image"
	"image/png"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"personae/internal/persona"
	"personae/internal/personafile"
)

const cardWords = `"name": "Elena", "description": "{{char}} sells dashboards.", "personality": "warm, brief", "scenario": "{{user}} wrote first.",
	"first_mes": "Hi {{user}}, {{char}} here.", "mes_example": "<START>", "creator_notes": "By me", "tags": ["sales"], "extensions": {}`

func cardOf(version string) string {
	return `{"spec": "chara_card_` + version + `", "spec_version": "2.0", "data": {` + cardWords + `}}`
}

// picture returns a PNG that has chunks before its end.
func picture(t *testing.T, chunks ...string) string {
	t.Helper()
	var b bytes.Buffer
	if err := png.Encode(&b, image.NewGray(image.Rect(0, 0, 1, 1))); err != nil {
		t.Fatal(err)
	}
	body, end := b.Bytes()[:b.Len()-12], b.String()[b.Len()-12:]
	for _, c := range chunks {
		body = append(binary.BigEndian.AppendUint32(body, uint32(len(c)-4)), c...)
		body = binary.BigEndian.AppendUint32(body, crc32.ChecksumIEEE([]byte(c)))
	}
	return string(body) + end
}

func text(name, card string) string {
	return "tEXt" + name + "\x00" + base64.StdEncoding.EncodeToString([]byte(card))
}

func TestACharacterCardBecomesAPersona(t *testing.T) {
	t.Parallel()
	want := []persona.Entry{{Content: persona.Content{Name: "Elena",
		Voice: persona.Voice{DisplayName: "Elena", Tone: "warm, brief",
			Greeting: "Hi {firstName}, Elena here.", Goals: "Elena sells dashboards.\n\n{firstName} wrote first."}}}}
	other := strings.ReplaceAll(cardOf("v2"), "Elena", "Other")
	for name, file := range map[string]string{
		"version 1":                     "{" + cardWords + "}",
		"version 2":                     cardOf("v2"),
		"version 3, with a mark":        "\ufeff" + cardOf("v3"),
		"a picture of version 2":        picture(t, text("chara", cardOf("v2"))),
		"a picture of version 3":        picture(t, text("chara", other), text("ccv3", cardOf("v3"))),
		"a picture with other texts":    picture(t, "tEXtSoftware\x00x", text("chara", cardOf("v2")), "tEXt"),
		"a picture that is cut short":   strings.TrimSuffix(picture(t, text("chara", cardOf("v2"))), "D\xaeB`\x82"),
		"with a nickname for the words": strings.Replace(cardOf("v3"), `"tags"`, `"nickname": " ", "tags"`, 1),
	} {
		got, err := personafile.Read([]byte(file))
		if diff := cmp.Diff(want, got); err != nil || diff != "" {
			t.Errorf("%s: %v\n%s", name, err, diff)
		}
	}
	long := strings.Replace(cardOf("v2"), "warm, brief", strings.Repeat("warm ", 20), 1)
	got, err := personafile.Read([]byte(long))
	if err != nil || got[0].Tone != "" || !strings.Contains(got[0].Goals, "warm warm") {
		t.Errorf("a long personality: %+v, %v", got, err)
	}
}

func TestATableBecomesPersonas(t *testing.T) {
	t.Parallel()
	want := []persona.Entry{
		{Content: persona.Content{Name: "René", Voice: persona.Voice{DisplayName: "R", SMSGreeting: "Hi, you",
			Goals: "one\ntwo"}}, IsDefault: true},
		{Content: persona.Content{Name: "Zoë"}},
	}
	for name, file := range map[string]string{
		"keys":        "name,isDefault,personaName,smsGreeting,goals\nRené,yes,R,\"Hi, you\",\"one\ntwo\"\nZoë,,,,\n",
		"form fields": "NAME,is_default,display_name,sms_greeting,goals\r\nRené,TRUE,R,\"Hi, you\",\"one\r\ntwo\"\r\nZoë,no,,,\r\n",
		"of Excel":    "\ufeffName;isDefault;Display name;SMS greeting;Goals\r\nRené;x;R;Hi, you;\"one\ntwo\"\r\nZoë;0;;;\r\n",
		"with tabs":   "\"name\"\tisDefault\tpersonaName\tsmsGreeting\tgoals\nRené\t1\tR\tHi, you\t\"one\ntwo\"\nZoë\t\t\t\t\n",
	} {
		got, err := personafile.Read([]byte(file))
		if diff := cmp.Diff(want, got); err != nil || diff != "" {
			t.Errorf("%s: %v\n%s", name, err, diff)
		}
	}
}

func TestAFileOfAnotherToolIsSaidToBeWhatItIs(t *testing.T) {
	t.Parallel()
	var bomb bytes.Buffer
	w := zlib.NewWriter(&bomb)
	if _, err := w.Write(make([]byte, 10_000_000)); err != nil || w.Close() != nil {
		t.Fatal(err)
	}
	huge := picture(t, text("chara", cardOf("v2")))
	for name, c := range map[string]struct{ file, says string }{
		"a preset": {`{"conversationId": null, "presetId": "1", "title": "x", "endpoint": "openAI", "model": "gpt-4o", "promptPrefix": "Be brief"}`,
			"This is a LibreChat preset. personae loads files that Export made, character cards"},
		"a prompt": {`{"name": "reply", "version": 3, "type": "text", "prompt": "Hi {{name}}", "labels": ["production"], "config": {}}`, "This is a Langfuse prompt"},
		"prompts":  {`[{"name": "reply", "type": "chat", "prompt": [{"role": "system", "content": "x"}], "labels": []}]`, "a list of Langfuse prompts"},
		"prompts by the API": {`{"data": [{"name": "reply", "versions": [1], "labels": [], "tags": []}], "meta": {}}`,
			"a list of Langfuse prompts"},
		"a card to come": {`{"spec": "chara_card_v9", "data": {}}`,
			`a character card that personae cannot read, "chara_card_v9"`},
		"a picture":          {picture(t), "a picture (PNG) without a character card"},
		"only the start":     {"\x89PNG\r\n\x1a\n", "a picture (PNG) without a character card"},
		"a length that lies": {huge[:8] + "\xff\xff\xff\xff" + huge[12:], "a picture (PNG) without a character card"},
		"no base64":          {picture(t, "tEXtchara\x00***"), "it cannot be read"},
		"no card in base64":  {picture(t, text("chara", "[1]")), "it cannot be read"},
		"a bomb":             {picture(t, "zTXtchara\x00\x00"+bomb.String()), "compressed"},
		"a bomb in Unicode":  {picture(t, "iTXtccv3\x00\x01\x00\x00\x00"+bomb.String()), "compressed"},
		"a foreign column":   {"name,Mood\nA,b\n", "its column “Mood” is none of ours. The columns are name, isDefault, personaName"},
		"a column twice":     {"name,personaName,Display name\nA,b,c\n", "“Display name” is there twice"},
		"a torn row":         {"name,tone\nA,b\nB\n", "at line 3: this row has another number of cells"},
		"a torn quote":       {"name,tone\nA,\"b\n", "a quotation mark is missing"},
		"a wrong default":    {"name,isDefault\nA,perhaps\n", "Persona 1: isDefault must be yes or no"},
		"a row without name": {"name,tone\nA,b\n,c\n", "Persona 2: Enter a name"},
		"two defaults":       {"name,isDefault\nA,yes\nB,yes\n", "Persona 2, “B”: only one can be the default"},
		"Latin-1":            {"name\nRen\xe9\n", "CSV UTF-8"},
		"a card too long": {strings.Replace(cardOf("v2"), "Hi {{user}}", strings.Repeat("x", 600), 1),
			"Persona 1, “Elena”: Greeting must be 500 characters or fewer"},
		"nothing of these": {"Hello there", "This is not JSON"},
		"another object":   {`{"a": 1}`, "does not say its version"},
	} {
		_, err := personafile.Read([]byte(c.file))
		var wrong *persona.InvalidError
		if !errors.As(err, &wrong) || len(wrong.Fields) == 0 || !strings.Contains(wrong.Fields[0].Message.String(), c.says) {
			t.Errorf("%s: %v, %+v", name, err, wrong)
		}
	}
}

// FuzzConvert looks for files that break it, and holds that what it makes of one is a
// file of ours, which converts to itself.
func FuzzConvert(f *testing.F) {
	f.Add([]byte(cardOf("v2")))
	f.Add([]byte("name;tone\nA;\"b\"\n"))
	f.Add([]byte("\x89PNG\r\n\x1a\n\x00\x00\x00\x08tEXtccv3\x00e30=CCCC"))
	f.Fuzz(func(t *testing.T, file []byte) {
		once, err := personafile.Convert(file)
		if err != nil {
			if !errors.As(err, new(*persona.InvalidError)) {
				t.Fatal(err)
			}
			return
		}
		twice, err := personafile.Convert(once)
		if err != nil || !bytes.Equal(once, twice) && json.Valid(once) {
			t.Fatalf("%s becomes %s, %v", once, twice, err)
		}
	})
}
