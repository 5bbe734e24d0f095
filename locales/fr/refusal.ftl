# Pourquoi une demande est refusée (`reason-`), ce que la personne peut faire (`advice-`), et le
# nom court et neutre de la même cause pour les tableaux (`cause-`).

## Décisions de la politique

reason-no-care-relation = Vous ne faites pas partie de l’équipe de soins de ce patient, et il n’est pas hospitalisé dans une unité où vous travaillez.
advice-no-care-relation = Si vous prenez en charge ce patient, demandez à l’unité responsable de vous ajouter à l’équipe de soins. L’accès s’ouvre dès que c’est fait.
cause-no-care-relation = Pas de relation de soins

reason-profession-not-entitled = Votre profession ne donne pas accès à ce que vous demandez.
advice-profession-not-entitled = Demandez ce dont vous avez besoin à un collègue qui a cet accès. Si votre profession est mal enregistrée, prévenez les ressources humaines de votre établissement.
cause-profession-not-entitled = Profession non habilitée

reason-establishment-mismatch = Vous n’avez aujourd’hui aucune affectation en cours dans un établissement du groupe.
advice-establishment-mismatch = Si vous venez d’arriver, de changer de poste ou de reprendre, demandez aux ressources humaines de mettre à jour votre affectation.
cause-establishment-mismatch = Aucune affectation en cours

reason-purpose-not-allowed = Le motif d’usage indiqué ne permet pas cette demande.
advice-purpose-not-allowed = Si vous soignez ce patient, refaites la demande avec le soin pour motif. Pour la facturation, la qualité ou la recherche, utilisez le service prévu à cet effet.
cause-purpose-not-allowed = Motif d’usage non permis

reason-sensitivity-too-high = Cette partie du dossier est plus confidentielle que ce que votre accès permet.
advice-sensitivity-too-high = Adressez-vous au médecin qui suit le patient. Il peut la lire avec vous ou partager ce qui est utile aux soins.
cause-sensitivity-too-high = Trop confidentiel

reason-account-at-risk = Un fait grave a été relevé sur ce compte : il ne permet ni export ni suppression tant que personne n’a vérifié.
advice-account-at-risk = Les soins continuent comme d’habitude. Appelez le responsable de la sécurité de votre établissement, qui voit ce qui a été relevé.
cause-account-at-risk = Compte à risque

reason-protected-record = Ce patient a demandé la discrétion : seule l’équipe de soins peut ouvrir le dossier.
advice-protected-record = Si vous prenez en charge ce patient, demandez au médecin responsable de vous ajouter à l’équipe de soins.
cause-protected-record = Discrétion demandée

reason-own-record-elsewhere = Il s’agit de votre propre dossier. Vous le consultez en tant que patient, pas dans le cadre de votre travail.
advice-own-record-elsewhere = Utilisez le portail des patients, ou demandez une copie au service des dossiers médicaux de votre établissement. C’est votre droit.
cause-own-record-elsewhere = Son propre dossier

reason-colleague-record = Ce patient travaille au même endroit que vous : seule son équipe de soins peut ouvrir le dossier.
advice-colleague-record = Si vous le prenez en charge, demandez au médecin responsable de vous ajouter à l’équipe de soins.
cause-colleague-record = Dossier d’un collègue

reason-emergency-objection = Ce patient s’est opposé d’avance à l’ouverture de son dossier en urgence depuis un autre établissement.
advice-emergency-objection = Appelez l’établissement qui le soigne : il peut ouvrir le dossier et vous dire ce qu’il vous faut.
cause-emergency-objection = Ouverture en urgence refusée par le patient

reason-not-open-to-patients = Ceci n’est pas ouvert aux comptes des patients.
advice-not-open-to-patients = Adressez-vous au service des dossiers médicaux de votre établissement : vous avez droit à une copie de votre dossier.
cause-not-open-to-patients = Fermé aux patients

reason-not-your-record = Votre compte n’ouvre pas ce dossier.
advice-not-your-record = Si vous agissez pour ce patient, demandez au bureau des admissions de l’enregistrer.
cause-not-your-record = Dossier d’une autre personne

reason-patient-objection = Le patient s’est opposé à cet accès.
advice-patient-objection = Si vous devez le soigner, parlez-lui : il peut changer d’avis à tout moment.
cause-patient-objection = Opposition du patient

reason-supervisor-absent = Personne qui vous encadre n’est en poste dans votre unité pour ce patient.
advice-supervisor-absent = Demandez à votre encadrant d’ouvrir le dossier avec vous, ou aux ressources humaines de mettre à jour votre encadrement.
cause-supervisor-absent = Aucun encadrant en poste

reason-unknown-person = Votre identité est authentique, mais vous ne figurez pas dans l’annuaire du groupe.
advice-unknown-person = Demandez aux ressources humaines de votre établissement de vous y ajouter. En attendant, un collègue de l’équipe de soins peut chercher ce dont vous avez besoin.
cause-unknown-person = Personne absente de l’annuaire

reason-unknown-service-right = Vous n’avez pas accès à ce service.
advice-unknown-service-right = Si votre travail le demande, faites-vous ouvrir l’accès par le responsable du service.
cause-unknown-service-right = Aucun droit sur le service

reason-tier-not-allowed = Votre profession ne donne pas accès à ce type d’équipement.
advice-tier-not-allowed = Adressez-vous aux ingénieurs biomédicaux ou aux équipes techniques de votre établissement. Ils peuvent agir tout de suite si les soins en dépendent.
cause-tier-not-allowed = Équipement fermé à la profession

reason-glass-not-eligible = Votre profession ne permet pas de déclarer un bris de glace.
advice-glass-not-eligible = Appelez tout de suite un médecin, une sage-femme ou un infirmier : ils peuvent ouvrir le dossier en urgence.
cause-glass-not-eligible = Bris de glace non permis

reason-glass-expired = L’ouverture de ce dossier en urgence est terminée.
advice-glass-expired = Si l’urgence continue, déclarez-la de nouveau. Le dossier s’ouvre aussitôt.
cause-glass-expired = Ouverture en urgence terminée

reason-glass-other-session = Cette ouverture en urgence appartient à une autre personne ou à une autre session.
advice-glass-other-session = Déclarez l’urgence à votre nom, dans cette session. Le dossier s’ouvre aussitôt.
cause-glass-other-session = Ouverture d’une autre session

reason-own-act = Vous avez demandé cet acte vous-même.
advice-own-act = Une autre personne qui répond de l’équipement doit l’approuver. La page des équipements la nomme.
cause-own-act = Acte demandé par soi-même

reason-own-opening = Il s’agit de votre propre ouverture en urgence : une autre personne la revoit et en informe les intéressés.
advice-own-opening = S’il manque quelque chose à votre déclaration, dites-le au délégué à la protection des données du groupe. On vous interrogera si un point reste obscur.
cause-own-opening = Sa propre ouverture

reason-glass-still-open = Cette ouverture en urgence est encore en cours.
advice-glass-still-open = Revenez quand elle sera terminée. Si elle ne doit pas continuer, refermez-la d’abord.
cause-glass-still-open = Ouverture encore en cours

reason-review-closed = Cette revue est déjà close.
advice-review-closed = Une conclusion reste ce qu’elle est. Si vous n’êtes pas d’accord, dites-le au délégué à la protection des données du groupe.
cause-review-closed = Revue déjà close

reason-notice-given = Cette information a déjà été remise.
advice-notice-given = Il n’y a plus rien à faire ici.
cause-notice-given = Information déjà remise

reason-glasses-too-many = Vous avez déjà autant d’ouvertures en urgence qu’une personne peut en avoir en même temps.
advice-glasses-too-many = Attendez que l’une d’elles se termine, ou demandez à un collègue de déclarer l’urgence à son nom.
cause-glasses-too-many = Trop d’ouvertures en urgence

reason-not-found = Ce que vous demandez n’existe pas.
advice-not-found = Vérifiez la référence, ou listez ce que contient le dossier du patient.
cause-not-found = Introuvable

reason-not-found-or-not-open = Rien ici ne vous est ouvert : soit cela n’existe pas, soit cela appartient à un patient dont vous ne pouvez pas ouvrir le dossier.
advice-not-found-or-not-open = Vérifiez la référence. Si vous savez qui est le patient et qu’il y a urgence, demandez le dossier de ce patient : vous pourrez y déclarer l’urgence.
cause-not-found-or-not-open = Introuvable ou non ouvert

reason-answer-unclear = On ne sait pas avec certitude quels patients cette partie du dossier concerne : elle n’a donc pas été montrée.
advice-answer-unclear = Demandez une autre partie du dossier. Si c’est celle-ci qu’il vous faut, donnez le numéro de la demande à l’assistance.
cause-answer-unclear = Patients de la réponse incertains

reason-declaration-incomplete = Il manque quelque chose à la déclaration.
advice-declaration-incomplete = Complétez-la ci-dessous : le dossier s’ouvre aussitôt.
cause-declaration-incomplete = Déclaration incomplète

## Demandes

reason-request-malformed = { $detail ->
    [none] Cette demande est illisible.
   *[other] Cette demande est illisible : { $detail }.
}
advice-request-malformed = Revenez en arrière et recommencez. Si cela se reproduit, donnez le numéro de la demande à l’assistance.
cause-request-malformed = Demande illisible

reason-request-not-supported = { $detail ->
    [none] Ce service ne laisse pas encore passer ce type de demande.
   *[other] Ce service ne laisse pas encore passer ce type de demande : { $detail }.
}
advice-request-not-supported = Lisez un élément par sa référence, cherchez parmi les éléments d’un seul patient, ou demandez le dossier complet d’un seul patient.
cause-request-not-supported = Demande non prise en charge

reason-request-forbidden-construct = { $detail ->
    [none] Cette demande contient un élément qui pourrait montrer le dossier d’un autre patient.
   *[other] Cette demande contient un élément qui pourrait montrer le dossier d’un autre patient : { $detail }.
}
advice-request-forbidden-construct = Demandez un seul patient à la fois, sans cet élément.
cause-request-forbidden-construct = Élément interdit dans la demande

reason-body-too-large = Cette demande est plus volumineuse que ce que le service accepte.
advice-body-too-large = Envoyez-la en plusieurs parties. S’il s’agit d’un document, réduisez sa taille.
cause-body-too-large = Demande trop volumineuse

reason-page-not-found = Il n’y a pas de page à cette adresse.
advice-page-not-found = Vérifiez l’adresse, ou revenez à la première page.
cause-page-not-found = Page inexistante

## Recherches et écritures

reason-export-not-async = Un export en masse se prépare à part de la demande qui le commence.
advice-export-not-async = Envoyez la demande avec l’en-tête Prefer et la valeur respond-async.
cause-export-not-async = Export demandé sans préparation à part

reason-page-ended = Cette page de la liste ne peut plus être montrée.
advice-page-ended = Recommencez la recherche.
cause-page-ended = Page expirée

reason-search-names-no-patient = Cette recherche ne nomme aucun patient, et vous en soignez trop pour les parcourir tous.
advice-search-names-no-patient = Nommez le patient, puis refaites la recherche.
cause-search-names-no-patient = Recherche sans patient nommé

reason-search-too-wide = Cette recherche ramène plus que ce qui peut être parcouru en une fois.
advice-search-too-wide = Resserrez-la : une période plus courte, un seul type de résultat ou un seul séjour.
cause-search-too-wide = Recherche trop large

reason-chain-names-no-patient = Cette recherche suit un lien vers un dossier sans nommer le patient.
advice-chain-names-no-patient = Nommez le patient, puis refaites la recherche.
cause-chain-names-no-patient = Lien sans patient

reason-chain-reaches-hidden = Cette recherche dépend d’une partie du dossier qui peut vous être cachée : son résultat pourrait vous tromper.
advice-chain-reaches-hidden = Cherchez sans cette condition, ou demandez au médecin qui suit le patient.
cause-chain-reaches-hidden = Dépend de ce qui peut être caché

reason-version-conflict = Quelqu’un a modifié cet élément entre-temps : rien n’a été écrit.
advice-version-conflict = Relisez-le, puis faites votre modification sur la version que vous voyez.
cause-version-conflict = Modifié entre-temps

reason-upstream-rejected = Le logiciel de dossier n’accepte pas ce contenu : rien n’a été écrit.
advice-upstream-rejected = Vérifiez les champs obligatoires et les codes, puis renvoyez-le.
cause-upstream-rejected = Contenu non accepté

reason-several-match = Plusieurs éléments correspondent à cette condition : rien n’a été écrit.
advice-several-match = Désignez celui que vous voulez par sa référence.
cause-several-match = Plusieurs correspondances

reason-patient-not-created = On ne crée pas de patient ici : ils viennent des admissions de l’hôpital.
advice-patient-not-created = Demandez au bureau des admissions d’enregistrer le patient.
cause-patient-not-created = Patients issus des admissions

reason-patch-not-json = Ce type de modification partielle n’est pas proposé : seul JSON Patch l’est.
advice-patch-not-json = Envoyez un JSON Patch, ou l’élément entier.
cause-patch-not-json = Type de modification

reason-patch-not-applied = Cette modification partielle ne correspond pas à l’existant : rien n’a été écrit.
advice-patch-not-applied = Relisez l’élément et préparez à nouveau la modification.
cause-patch-not-applied = Modification inapplicable

reason-written-unreadable = Ce qui a été envoyé ne se lit pas comme un élément de dossier : rien n’a été écrit.
advice-written-unreadable = Vérifiez sa forme. Si cela se reproduit, donnez le numéro de la demande à l’assistance.
cause-written-unreadable = Contenu illisible

reason-written-mismatch = Ce qui a été envoyé n’est pas l’élément que l’adresse désigne : rien n’a été écrit.
advice-written-mismatch = Vérifiez le type et l’identifiant.
cause-written-mismatch = Adresse et contenu différents

reason-written-names-no-patient = On ne sait pas avec certitude à quel dossier cela appartient : rien n’a été écrit.
advice-written-names-no-patient = Nommez le patient par la référence du dossier.
cause-written-names-no-patient = Patient du contenu incertain

reason-patient-changed = Un élément du dossier d’un patient ne peut pas passer à un autre patient.
advice-patient-changed = Marquez-le comme saisi par erreur, puis écrivez-le dans le bon dossier.
cause-patient-changed = Patient changé

reason-reference-unclear = Ce qui a été envoyé renvoie à quelque chose par une recherche ou sous une forme inconnue : rien n’a été écrit.
advice-reference-unclear = Désignez chaque élément par son type et son identifiant.
cause-reference-unclear = Référence incertaine

reason-reference-not-open = Ce qui a été envoyé renvoie à quelque chose qui n’existe pas, ne vous est pas ouvert ou concerne un autre patient : rien n’a été écrit.
advice-reference-not-open = Vérifiez chaque référence.
cause-reference-not-open = Référence non ouverte

reason-too-many-references = Ce qui a été envoyé renvoie à trop d’autres éléments à la fois.
advice-too-many-references = Envoyez-le en plus petites parties.
cause-too-many-references = Trop de références

reason-approval-not-yours = Vous ne répondez pas, à cette heure, de ce que cet acte demande.
advice-approval-not-yours = La page des équipements nomme ceux qui en répondent. La personne d’astreinte répond à leur place.
cause-approval-not-yours = Pas responsable de l’équipement

reason-bad-condition = Une écriture ne peut pas dépendre de cette condition : ce doit être une recherche simple parmi les éléments du patient.
advice-bad-condition = Nommez le patient, sans lien vers d’autres éléments.
cause-bad-condition = Condition d’écriture

reason-transaction-only-writes = Une transaction ne peut que créer, remplacer ou supprimer, sans condition.
advice-transaction-only-writes = Envoyez le reste sous forme de lot.
cause-transaction-only-writes = Transaction limitée aux écritures

## Identité

reason-token-missing = Nous ne savons pas encore qui vous êtes.
advice-token-missing = Identifiez-vous, puis refaites votre demande.
cause-token-missing = Personne non identifiée

reason-token-expired = Votre session est terminée.
advice-token-expired = Identifiez-vous de nouveau, et vous reprendrez où vous en étiez.
cause-token-expired = Session terminée

reason-token-invalid = Votre identification n’a pas pu être vérifiée.
advice-token-invalid = Identifiez-vous de nouveau. Si cela se reproduit, prévenez l’assistance : quelqu’un essaie peut-être d’utiliser votre nom.
cause-token-invalid = Identification invalide

reason-certificate-invalid = Votre carte ou votre certificat n’a pas pu être vérifié : il a peut-être expiré ou été retiré.
advice-certificate-invalid = Vérifiez les dates de votre carte, essayez un autre moyen de vous identifier, ou appelez l’assistance.
cause-certificate-invalid = Carte ou certificat invalide

## Ce qui se trouve derrière la porte

reason-upstream-refused = Le service demandé a refusé la demande.
advice-upstream-refused = Réessayez. Si cela se reproduit, donnez le numéro de la demande à l’assistance.
cause-upstream-refused = Refusé par le service

reason-upstream-unreachable = Le service demandé ne répond pas.
advice-upstream-unreachable = Réessayez dans un instant. Si les soins ne peuvent pas attendre, suivez la procédure dégradée de votre unité.
cause-upstream-unreachable = Service injoignable

reason-upstream-too-slow = Le service demandé a mis trop de temps à répondre.
advice-upstream-too-slow = Réessayez dans un instant, ou demandez moins d’éléments à la fois. Si les soins ne peuvent pas attendre, suivez la procédure dégradée de votre unité.
cause-upstream-too-slow = Service trop lent

reason-upstream-too-large = La réponse est trop volumineuse pour être vérifiée : rien n’a été montré.
advice-upstream-too-large = Demandez moins d’éléments à la fois : un seul type d’information, ou un seul séjour.
cause-upstream-too-large = Réponse trop volumineuse

reason-upstream-unreadable = La réponse n’a pas pu être comprise : impossible de savoir quels patients elle concerne, donc rien n’a été montré.
advice-upstream-unreadable = Réessayez. Si cela se reproduit, donnez le numéro de la demande à l’assistance.
cause-upstream-unreadable = Réponse illisible

reason-evidence-unavailable = Rien ne peut être montré pour l’instant, car l’accès n’a pas pu être enregistré.
advice-evidence-unavailable = Les responsables doivent être prévenus : appelez l’assistance. Si les soins ne peuvent pas attendre, suivez la procédure dégradée de votre unité.
cause-evidence-unavailable = Accès impossible à enregistrer

reason-busy = Trop de demandes arrivent en même temps.
advice-busy = Patientez quelques secondes et réessayez.
cause-busy = Trop de demandes

reason-internal = Un incident s’est produit de notre côté, et rien n’a été montré.
advice-internal = Réessayez. Si cela se reproduit, donnez le numéro de la demande à l’assistance.
cause-internal = Incident interne

reason-unlisted = Les règles du groupe ne permettent pas cette demande ({ $code }).
advice-unlisted = Donnez le numéro de la demande à l’assistance : elle vous dira qui décide.

## Pourquoi une demande permise l’a été

cause-answers-for-device = Responsable de l’équipement
cause-break-glass = Ouverture en urgence
cause-care-team = Membre de l’équipe de soins
cause-consent = Permis par le patient
cause-current-encounter = Patient présent dans l’unité
cause-emergency-call = Appel d’urgence
cause-glass-eligible = Peut déclarer un bris de glace
cause-guard-rule = Par une règle de la garde
cause-medical-information = Chargé de l’information médicale
cause-reviewer = Personne chargée de la revue, ou responsable de l’unité
cause-officer = Responsable désigné du groupe
cause-own-record = Son dossier, en tant que patient
cause-patient-reference = Ouvert aux patients
cause-representative = Agit pour le patient
cause-staff = Membre du personnel
cause-supervised = Sous encadrement
cause-tier = En charge de cet équipement

## Identités, dans les mots de ceux qui cherchent la cause

cause-certificate-expired = Certificat expiré
cause-certificate-malformed = Certificat illisible
cause-certificate-missing = Certificat absent
cause-certificate-not-yet-valid = Certificat pas encore valide
cause-certificate-subject = Certificat sans personne connue
cause-token-algorithm = Algorithme du jeton non accepté
cause-token-audience = Jeton destiné à un autre service
cause-token-bound = Jeton lié à une autre connexion
cause-token-issuer = Jeton d’un émetteur inconnu
cause-token-key-unknown = Clé du jeton inconnue
cause-token-malformed = Jeton illisible
cause-token-not-yet-valid = Jeton pas encore valide
cause-token-proof = Preuve de la clé du jeton absente ou fausse
cause-token-purpose = Motif d’usage du jeton inconnu
cause-token-signature = Signature du jeton fausse
cause-token-subject = Jeton sans personne connue
cause-token-too-long = Jeton trop long

## Ce que les flux ont dit

cause-answer-too-slow = Accusé de réception non pris à temps
cause-character-set = Jeu de caractères non lu
cause-connections-too-many = Trop de connexions d’un flux
cause-control-id-missing = Message sans identifiant de contrôle
cause-field-unreadable = Champ d’un message illisible
cause-frame-stray = Octets hors de tout message
cause-identifier-malformed = Identifiant impossible
cause-import-entry-unreadable = Entrée d’un import illisible
cause-import-line-unreadable = Ligne d’un import illisible
cause-log-columns = Ligne de journal aux colonnes autres que son en-tête
cause-log-damaged = Journal compressé endommagé
cause-log-event-damaged = Journal d’événements Windows endommagé
cause-log-expands = Journal qui se décompresse à l’excès
cause-log-file = Journal impossible à ouvrir
cause-log-files-too-many = Plus de journaux qu’il n’en est lu
cause-log-format = Ligne d’aucun format de journal connu
cause-log-header = Ligne de journal sans en-tête
cause-log-json = Ligne qui n’est pas un objet JSON
cause-log-line-too-long = Ligne de journal trop longue
cause-log-method = Journal empaqueté d’une manière qui n’est pas lue
cause-log-queue-full = Messages arrivés trop vite
cause-log-syntax = Ligne de journal contraire à sa grammaire
cause-log-token = Émetteur sans le jeton convenu
cause-log-utf8 = Ligne de journal qui n’est pas en UTF-8
cause-merge-repeated = Identités déjà réunies
cause-message-too-long = Message trop long
cause-message-too-slow = Message envoyé trop lentement
cause-message-truncated = Message tronqué
cause-message-type = Message d’un autre type
cause-message-without-header = Message sans en-tête
cause-patient-unidentified = Aucun identifiant de patient reconnu
cause-peer-refused = Flux venu d’une adresse inattendue
cause-practitioner-unknown = Professionnel absent de l’annuaire
cause-processing-not-production = Message de formation ou de mise au point
cause-segment-missing = Segment d’un message absent
cause-segments-too-many = Trop de segments
cause-sender-unknown = Émetteur sans accord
cause-tls-handshake = Connexion sécurisée impossible
cause-tls-too-slow = Connexion sécurisée trop lente
cause-unit-unknown = Unité absente de l’annuaire

## Connexions et adresses

cause-backslash = Barre oblique inversée dans l’adresse
cause-control-character = Caractère de commande dans l’adresse
cause-dot-segment = Chemin qui remonte
cause-double-encoding = Adresse encodée deux fois
cause-empty-segment = Partie vide dans l’adresse
cause-encoded-dot = Point masqué dans l’adresse
cause-encoded-separator = Séparateur masqué dans l’adresse
cause-foreign-form = Formulaire envoyé par un autre site
cause-fragment = Fragment dans l’adresse
cause-http-head-too-large = En-tête de la demande trop volumineux
cause-http-malformed = HTTP mal formé
cause-http-too-slow = Demande envoyée trop lentement
cause-invalid-escape = Échappement incorrect dans l’adresse
cause-invalid-utf8 = Texte incorrect dans l’adresse
cause-not-ascii = Caractère non encodé dans l’adresse
cause-not-origin-form = Adresse sous une autre forme
cause-not-uri = Caractère interdit dans une adresse
cause-too-long = Adresse trop longue

## Demandes à un serveur FHIR

cause-already-refused = Refusé avec la même demande
cause-bad-count = Nombre de résultats incorrect
cause-bad-filter = Condition non comprise
cause-bad-format = Format non proposé
cause-bad-id = Référence incorrecte
cause-bad-patient = Référence de patient incorrecte
cause-bad-sort = Ordre non compris
cause-chain = Recherche à travers une autre ressource
cause-duplicate-parameter = Paramètre donné deux fois
cause-history = Historique d’une ressource
cause-include = Recherche qui ramène d’autres ressources
cause-matrix-parameter = Paramètre dans le chemin
cause-method-malformed = Méthode mal formée
cause-method-not-supported = Méthode non prise en charge
cause-method-write = Écriture sous une forme non proposée
cause-modifier = Modificateur de recherche
cause-operation = Opération non proposée
cause-parameter-malformed = Paramètre illisible
cause-parameter-not-supported = Paramètre non pris en charge
cause-parameters-too-many = Trop de paramètres
cause-reverse-chain = Recherche depuis une autre ressource
cause-search = Recherche non proposée
cause-search-without-patient = Recherche sans patient
cause-type-not-searchable = Type qui ne peut pas être listé
cause-type-refused = Type qui n’est pas montré
cause-unknown-parameter = Paramètre inconnu
cause-unknown-path = Adresse inconnue
cause-unknown-type = Type de ressource inconnu
cause-bad-page = Page illisible
cause-bad-summary = Résumé inconnu
cause-bad-total = Total inconnu
cause-type-not-writable = Type qui ne s’écrit pas ici
