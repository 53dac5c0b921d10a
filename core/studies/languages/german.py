"""The rating pages in German."""

from core.studies.languages.texts import Texts

GERMAN = Texts(
    name="Deutsch",
    decimal_comma=True,
    percent="{value} %",
    link_title="Dieser Link öffnet nichts",
    link_text="Vielleicht wurde er beim Kopieren abgeschnitten oder durch einen neuen ersetzt. Öffnen Sie den ganzen "
    "Link noch einmal, oder fragen Sie die Person, die ihn geschickt hat, nach dem aktuellen.",
    link_wait="Von hier wurden zu viele Links versucht, die nichts öffnen. Versuchen Sie es in {seconds} "
    "Sekunden noch einmal.",
    closed_text="Diese Studie ist beendet und nimmt keine Antworten mehr an. Alle bisherigen Antworten zählen. Vielen "
    "Dank.",
    full_text="Es haben schon so viele Menschen teilgenommen, wie diese Studie braucht. Danke, dass Sie helfen "
    "wollten.",
    fresh_start="Diese Adresse wurde abgeschnitten oder gehört zu einer anderen Studie. Sie fangen hier deshalb neu "
    "an.",
    try_again="Noch einmal versuchen",
    language="Sprache",
    pictures_one="Sie sehen {count} Bild und beantworten eine Frage:",
    pictures_many="Sie sehen {count} Bilder, eines nach dem anderen, und beantworten jeweils eine Frage:",
    pairs_one="Sie sehen {count} Bildpaar und beantworten eine Frage:",
    pairs_many="Sie sehen {count} Bildpaare und beantworten jeweils eine Frage:",
    timed_one="Sie sehen {count} Bild für einen kurzen Augenblick und beantworten eine Frage:",
    timed_many="Sie sehen {count} Bilder, jedes nur für einen kurzen Augenblick, und beantworten jeweils eine Frage:",
    how_scale="Antworten Sie von {lowest} ({lowest_label}) bis {highest} ({highest_label}), durch Antippen oder mit "
    "den Zifferntasten.",
    how_plain_scale="Antworten Sie von {lowest} bis {highest}, durch Antippen oder mit den Zifferntasten.",
    how_ten="Die Taste 0 steht für 10.",
    how_choice="Tippen Sie eine Antwort an, oder drücken Sie die Pfeiltaste ← oder →.",
    how_pair="Tippen Sie das bessere Bild an, oder drücken Sie die Pfeiltaste ← oder →.",
    how_tie="Wenn Sie keinen Unterschied sehen, geben Sie das an, oder drücken Sie ↓.",
    how_undo="Die Rücktaste nimmt die letzte Antwort zurück.",
    practice_feedback="Am Anfang steht eine Übung ({count}): Sie erfahren, ob Sie richtig lagen, und sie zählt nicht.",
    practice_plain="Am Anfang steht eine Übung ({count}), die nicht zählt.",
    minutes_one="Dauert etwa 1 Minute.",
    minutes_many="Dauert etwa {count} Minuten.",
    stored="Ihre Antworten werden unter einer zufälligen Nummer gespeichert, dazu die Zeit für jede Antwort; sonst "
    "wird nichts über Sie gefragt oder gespeichert. Sie können jederzeit aufhören und später in diesem Browser "
    "weitermachen.",
    flicker="In dieser Studie blitzen Bilder und Muster auf dem Bildschirm auf. Bitte nehmen Sie nicht teil, wenn "
    "flackerndes Licht bei Ihnen Anfälle oder Unwohlsein auslösen kann.",
    consent="Einwilligung",
    agree="Ich habe das gelesen und bin einverstanden.",
    agree_first="Setzen Sie oben das Häkchen, um zu beginnen.",
    start="Beginnen",
    go_on="Weitermachen ({done} von {total} beantwortet)",
    start_new="Als jemand anderes beginnen",
    card="Bewertung",
    progress="Fortschritt",
    count="{number} von {total}",
    undo="Zurücknehmen",
    instructions="Anleitung",
    practice="Übung",
    picture="Bild",
    original="Original",
    other="Zu bewertendes Bild",
    left="Links",
    right="Rechts",
    top="Oben",
    bottom="Unten",
    no_difference="Kein Unterschied",
    correct="Richtig: {truth}.",
    wrong="Nicht richtig. Die Antwort ist: {truth}.",
    next="Weiter",
    practice_over="Die Übung ist vorbei. Ab jetzt zählen Ihre Antworten.",
    practice_over_silent="Die Übung ist vorbei. Ab jetzt zählen Ihre Antworten, und Sie erfahren nicht mehr, ob sie "
    "richtig sind.",
    begin="Beginnen",
    where_generated="Woran haben Sie es erkannt? Tippen Sie auf die Stelle.",
    where_low="Was stört am meisten? Tippen Sie auf die Stelle.",
    where_skip="Überspringen",
    not_yet="Noch nicht gespeichert: Das Labor hat nicht geantwortet. Ihre Antwort bleibt hier und wird noch einmal "
    "gesendet.",
    offline="Keine Verbindung. Ihre Antwort bleibt hier und wird gesendet, sobald die Verbindung wieder da ist.",
    not_saved="Das wurde nicht gespeichert: Das Labor konnte es nicht festhalten ({reason}). Von Ihren bisherigen "
    "Antworten ging nichts verloren, und das Bild bleibt hier: Versuchen Sie es gleich noch einmal. Wenn es wieder "
    "vorkommt, sagen Sie es der Person, die Ihnen den Link geschickt hat.",
    unreachable="Die Antworten dieser Studie sind gerade nicht erreichbar ({reason}). Von Ihren bisherigen Antworten "
    "ging nichts verloren: Versuchen Sie es gleich noch einmal. Wenn es wieder vorkommt, sagen Sie es der Person, die "
    "Ihnen den Link geschickt hat.",
    stale="Diese Antwort gehörte zu einem Bild, das hier nicht mehr offen ist, und wurde nicht gezählt. Machen Sie "
    "mit diesem weiter.",
    too_fast="Die Antworten kamen schneller, als man Bilder ansehen kann; diese wurde nicht gezählt. Warten Sie "
    "einige Sekunden, und machen Sie dann weiter.",
    picture_lost="Das Bild ließ sich nicht laden. Prüfen Sie Ihre Verbindung; es wird noch einmal versucht.",
    ready_title="Bereit?",
    ready_text="Schauen Sie auf das Kreuz in der Mitte. Nach dem Herunterzählen blitzt ein Bild auf, dann ein Muster. "
    "Antworten Sie, sobald die Knöpfe erscheinen.",
    ready="Ich bin bereit",
    pause_title="Eine kurze Pause",
    look="Schauen Sie auf die Mitte.",
    hidden="Dieses Fenster war im Hintergrund, während ein Bild gezeigt wurde. Es zählt nicht und kommt später noch "
    "einmal.",
    too_slow="Dieses Gerät konnte das Bild nicht genau so lange zeigen wie vorgesehen, deshalb zählt es nicht. Wenn es "
    "wieder vorkommt, schließen Sie andere Fenster und Programme.",
    reduced_motion="Auf Ihrem Gerät ist weniger Bewegung eingestellt, und in dieser Studie blitzen Bilder und Muster "
    "auf.",
    reduced_go_on="Trotzdem teilnehmen",
    decline="Nicht teilnehmen",
    keep_address="Um später weiterzumachen, hier oder auf einem anderen Gerät, bewahren Sie die Adresse dieser Seite "
    "auf.",
    withdraw="Teilnahme widerrufen",
    withdraw_title="Teilnahme widerrufen?",
    withdraw_text="Keine Ihrer Antworten wird verwendet: Sie fehlen dann in allen Ergebnissen. Das lässt sich nicht "
    "rückgängig machen. Wenn Sie nur aufhören möchten, schließen Sie diese Seite; Ihre bisherigen Antworten zählen "
    "dann.",
    withdraw_yes="Meine Antworten widerrufen",
    withdraw_no="Weiter bewerten",
    withdrawn_title="Sie haben Ihre Teilnahme widerrufen",
    withdrawn_text="Keine Ihrer Antworten wird verwendet. Danke für Ihre Zeit; Sie können diese Seite schließen.",
    thanks="Vielen Dank",
    answered_one="Sie haben die einzige Frage beantwortet. Ihre Antwort ist gespeichert.",
    answered_many="Sie haben alle {count} beantwortet. Ihre Antworten sind gespeichert.",
    see_result="Mein Ergebnis ansehen",
    see_result_note="Danach lässt sich keine Antwort mehr zurücknehmen.",
    no_result="Sie können diese Seite jetzt schließen.",
    result_caught="Richtig erkannt",
    result_crowd="Alle zusammen",
    result_crowd_later="Wie andere abgeschnitten haben, steht hier, sobald {count} Menschen fertig sind.",
    result_chance="Raten ergäbe 50 %.",
    result_fooled="Hat Sie am häufigsten getäuscht",
    result_highest="Am höchsten bewertet",
    result_preferred="Am häufigsten vorgezogen",
    result_agreed="Gewählt wie die meisten anderen",
    result_exposure="Ihre typische Betrachtungszeit",
    milliseconds="{value} ms",
    your_mean="Mittel Ihrer {count} Antworten",
    kind_generated="Erzeugte Bilder",
    kind_real="Originale",
    kind_restyled="Umgestaltete Bilder",
    kind_noise="Rauschen",
    verdict_clear="Sie haben sie gut unterschieden: Die Originale haben Sie deutlich höher bewertet.",
    verdict_some="Sie haben die Originale etwas höher bewertet als die anderen.",
    verdict_none="Sie haben die anderen so hoch bewertet wie die Originale.",
    verdict_reverse="Sie haben die anderen höher bewertet als die Originale.",
)
