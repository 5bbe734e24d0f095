# Une ouverture : sa page, sa fin, sa revue, et les personnes qui en sont informées.

## La page de ses propres ouvertures

openings-title = Ouvertures en urgence
openings-none = Vous n’avez aucun dossier ouvert en urgence.
openings-link = Voir mes dossiers ouverts, ou les refermer
opening-left = Ouvert encore { $minutes ->
    [one] une minute
   *[other] { $minutes } minutes
}.
opening-until = Le dossier se referme tout seul : { $until }.
opening-ended = Refermé depuis : { $until }. { $end }.
opening-end = L’urgence est terminée : refermer le dossier
opening-of = Ouvert par { $person }
opening-summary = Ce qui a été ouvert
opening-summary-none = Rien n’a été lu.
opening-summary-counts = Demandes : { $reads }. Éléments montrés : { $resources }.
opening-summary-span = Première : { $first }. Dernière : { $last }.
column-count = Demandes

## La revue d’une ouverture

reviewing-title = Revue d’une ouverture en urgence
reviewing-intro = Était-ce une urgence, et ce qui a été ouvert était-il nécessaire ? La personne qui a brisé la glace n’en juge jamais elle-même.
reviewing-facts = La déclaration
reviewing-person = Personne
reviewing-where = Travaille à
reviewing-words = Avec ses mots
reviewing-words-none = Aucun mot n’a été ajouté.
reviewing-end = Fin
reviewing-due = Revue attendue avant
reviewing-entry = Entrée du journal de preuves
reviewing-finding = Votre conclusion
reviewing-finding-hint = Toucher une conclusion clôt la revue, à votre nom et définitivement.
reviewing-text = Pourquoi ? Une ou deux phrases.
reviewing-text-missing = Dites en une phrase pourquoi vous arrivez à cette conclusion.
reviewing-closed = Close par { $person } : { $time }.
reviewing-still-open = L’ouverture est encore en cours. Elle pourra être revue quand elle sera terminée.
reviewing-notices = Qui en est informé
reviewing-notices-none = Aucune information n’est due : cette ouverture date d’une version antérieure.

## Les personnes informées d’une ouverture

notices-title = Informations dues
notices-intro = Le patient et le médecin traitant sont informés de chaque ouverture en urgence. Ouvrez une information pour l’imprimer, la remettre, et l’indiquer ici.
notices-none = Personne n’attend d’information.
notices-unknown = absent de l’annuaire
notices-back = Toutes les informations
column-notice = Information
column-notice-due = Avant
column-to = À
letter-title = Votre dossier médical a été ouvert en urgence
letter-title-physician = Le dossier d’un de vos patients a été ouvert en urgence
letter-record = Dossier : { $patient }
letter-opened = Il a été ouvert le { $from } et refermé le { $until }.
letter-person = Qui l’a ouvert : { $person }, { $profession }.
letter-place = Où travaille cette personne : { $place }.
letter-reason = Le motif donné : { $reason }.
letter-why = En cas d’urgence, un professionnel qui ne vous suit pas encore peut ouvrir aussitôt votre dossier, pour une heure au plus. Tout ce qu’il ouvre est enregistré, et une autre personne vérifie ensuite que c’était justifié.
letter-why-physician = En cas d’urgence, un professionnel qui ne suit pas encore le patient peut ouvrir aussitôt le dossier, pour une heure au plus. Tout ce qu’il ouvre est enregistré et revu par une autre personne. Le patient en est informé aussi, sauf si cela mettait quelqu’un en danger.
letter-rights = Vous n’avez rien à faire. Si vous avez une question, ou si vous pensez que ce n’était pas justifié, écrivez au délégué à la protection des données du groupement hospitalier en donnant le numéro ci-dessous.
letter-number = Numéro de cette information
notice-given-title = Elle a été remise
notice-given-hint = Touchez la façon dont elle a été remise.
notice-given-told = Remise : { $channel }, { $time }.
notice-defer-title = Elle doit attendre
notice-defer-hint = Seulement pour un motif que la loi connaît, et jusqu’à une date. Elle est de nouveau due ensuite.
notice-defer-ground = Motif
notice-defer-until = Jusqu’au
notice-defer-text = Pourquoi ? Une ou deux phrases.
notice-defer-button = Remettre à plus tard
notice-deferred-told = Remise à plus tard, jusqu’au { $until } : { $ground }.

## La console

console-overdue = { $count ->
    [one] { $count } revue est en retard. Le délégué à la protection des données doit y veiller.
   *[other] { $count } revues sont en retard. Le délégué à la protection des données doit y veiller.
}
console-notices = { $count ->
    [0] Aucune ouverture n’est à annoncer.
    [one] { $count } ouverture est à annoncer aux personnes concernées.
   *[other] { $count } ouvertures sont à annoncer aux personnes concernées.
}

## hygie notices, hygie evidence export

notices-line = { $notice } : { $to }, patient { $patient }. { $state }, avant : { $due }.
notices-count = { $count ->
    [0] Aucune information n’est due.
    [one] { $count } information est due :
   *[other] { $count } informations sont dues :
}
communication-text = Le dossier a été ouvert en urgence le { $from } par { $person }. Le motif donné : { $reason }.
evidence-show-end = { $time }  { $person } a refermé une ouverture en urgence. { $end }.
evidence-show-review = { $time }  { $person } a clos la revue : { $finding }.

## Libellés des codes

ended-time = Sa durée était écoulée
ended-holder = Refermée par la personne
ended-officer = Refermée par un responsable
notice-to-patient = Patient
notice-to-treating-physician = Médecin traitant
notice-state-owed = À faire
notice-state-overdue = En retard
notice-state-deferred = Remise à plus tard
notice-state-given = Remise
ground-danger-to-patient = L’informer mettrait le patient en danger
ground-danger-to-others = L’informer mettrait une autre personne en danger
ground-patient-unfit = Le patient n’est pas encore en état de la recevoir
ground-minors-secrecy = Un mineur a demandé le secret vis-à-vis de ses parents
ground-inquiry = Une autorité a demandé le silence pendant une enquête
ground-unreachable = On ne sait pas encore comment joindre la personne
channel-letter = Par lettre
channel-in-person = En mains propres
channel-secure-message = Par messagerie sécurisée
channel-telephone = Par téléphone
review-unclear = Incertaine

## Ce que contient un dossier, avec les mots des patients (types de ressources FHIR)

resource-AllergyIntolerance = Allergies
resource-Appointment = Rendez-vous
resource-Binary = Fichiers
resource-CarePlan = Plan de soins
resource-Condition = Diagnostics et problèmes
resource-Consent = Consentements
resource-Coverage = Couverture sociale
resource-DiagnosticReport = Comptes rendus d’examens
resource-DocumentReference = Documents
resource-Encounter = Séjours et consultations
resource-ImagingStudy = Imagerie
resource-Immunization = Vaccinations
resource-MedicationAdministration = Médicaments administrés
resource-MedicationRequest = Prescriptions
resource-MedicationStatement = Médicaments pris
resource-Observation = Mesures et résultats
resource-Patient = Identité
resource-Procedure = Actes
resource-ServiceRequest = Examens demandés
