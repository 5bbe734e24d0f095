# Bris de glace : une urgence ouvre le dossier d’un patient, pour peu de temps, et est toujours revue.

glass-title = Est-ce une urgence ?
glass-explain = Vous pouvez ouvrir le dossier de ce patient maintenant, pendant { $minutes ->
    [one] une minute
   *[other] { $minutes } minutes au plus
}. Personne n’a besoin de l’autoriser avant.
glass-explain-scope = Seul ce dossier s’ouvre, pour vous seul, dans cette session et sur cet appareil. Les parties très confidentielles restent fermées.
glass-warning = Votre nom, le motif et tout ce que vous ouvrez sont enregistrés, et une autre personne les revoit. Le patient et le médecin traitant en sont informés.
glass-patient = Patient
glass-reason = Pourquoi ouvrez-vous ce dossier ?
glass-text = Avec vos mots (facultatif)
glass-text-hint = Quelques mots aident la personne qui reverra cette ouverture.
glass-reason-hint = Toucher un motif ouvre aussitôt le dossier.
glass-text-missing = Dites en quelques mots quel est cet autre motif.
glass-reason-missing = Choisissez un motif pour ouvrir le dossier.
glass-patient-missing = Indiquez de quel patient il vous faut le dossier.

glass-opened-title = Le dossier est ouvert
glass-opened = Vous pouvez lire le dossier de ce patient maintenant. Fin de l’ouverture : { $until }.
glass-opened-review = Cette ouverture sera revue, et on vous demandera peut-être ce qui s’est passé. Revue attendue avant : { $review_due }.
glass-opened-end = Le dossier se referme tout seul. Si l’urgence continue ensuite, déclarez-la de nouveau.
glass-opened-return = Aller au dossier
glass-opened-api = Renvoyez la même demande, avec la même identification : elle est maintenant permise.
glass-id = Numéro d’ouverture

## Un libellé par code de motif

glass-reason-life-threatening = Une vie est en danger
glass-reason-unconscious-patient = Le patient ne peut pas répondre
glass-reason-called-for-help = On m’appelle en renfort, ou je suis de garde
glass-reason-transfer-in-progress = Le patient vient d’être transféré
glass-reason-emergency-call = Appel au SAMU (centre 15)
glass-reason-other = Un autre motif
