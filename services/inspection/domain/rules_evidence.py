"""The rules of files taken in as evidence: what is refused, by name."""

from services.inspection.domain.rules import Broken


class FileTypeRefused(Broken):
    """The content says what a file is, whatever it is called."""

    code = "evidence-type"
    zh = "佐证只接受 JPEG、PNG、WebP 图片和 PDF、docx、xlsx 文件（按内容判断，不看扩展名）"
    en = "evidence must be JPEG, PNG, WebP, PDF, docx or xlsx, judged by content and not by name"


class FileIsTwo(Broken):
    """A file that is also another kind of file is opened as the other one by somebody."""

    code = "file-polyglot"
    zh = "文件内夹带了另一类文件，不予接收"
    en = "the file carries a file of another kind inside it"


class FileTooCostly(Broken):
    """Opening a file takes bounded memory and time."""

    code = "file-too-costly"
    zh = "打开该文件所需的时间或内存超出限度"
    en = "opening the file takes more time or memory than is allowed"


class PictureBroken(Broken):
    """A picture can be decoded to its end."""

    code = "picture-broken"
    zh = "图片损坏或不完整，无法打开"
    en = "the picture is damaged or incomplete"


class PictureTooLarge(Broken):
    """A picture has a bounded number of pixels, whatever its file's size."""

    code = "picture-too-large"
    zh = "图片像素过多：{width}×{height}"
    en = "the picture has too many pixels: {width} by {height}"


class DocumentBroken(Broken):
    """A document can be read as what it says it is."""

    code = "document-broken"
    zh = "文档损坏或不合规范，无法打开"
    en = "the document is damaged or not well-formed"


class DocumentBomb(Broken):
    """What a document unpacks to is bounded."""

    code = "document-bomb"
    zh = "文档解压后过大或条目过多"
    en = "the document unpacks to too much"


class DocumentPath(Broken):
    """Nothing inside a document is named so that unpacking it writes elsewhere."""

    code = "document-path"
    zh = "文档内含越界路径"
    en = "the document holds a path that leads out of it"


class DocumentMacro(Broken):
    """Documents carry no programs."""

    code = "document-macro"
    zh = "文档含有宏或可执行内容，请另存为不含宏的文件"
    en = "the document holds macros or other programs; save it without them"


class DocumentExternal(Broken):
    """Opening a document fetches nothing from elsewhere."""

    code = "document-external"
    zh = "文档引用了外部模板或对象"
    en = "the document loads a template or an object from elsewhere"


class DocumentEncrypted(Broken):
    """What cannot be looked into cannot be checked."""

    code = "document-encrypted"
    zh = "文档已加密，请解除密码后上传"
    en = "the document is encrypted; remove its password first"


class DocumentEntity(Broken):
    """A document's XML declares no entities."""

    code = "document-entity"
    zh = "文档的 XML 含有实体声明"
    en = "the document's XML declares entities"


class PdfActive(Broken):
    """A PDF is paper: it runs nothing and carries no further files."""

    code = "pdf-active"
    zh = "PDF 含有脚本、启动动作或附件：{what}"
    en = "the PDF holds a script, a launch action or an attachment: {what}"


class FormElsewhere(Broken):
    """A scan belongs to a form of the same school."""

    code = "form-elsewhere"
    zh = "签章扫描件须属于本校的表单"
    en = "a signed scan belongs to a form of the same school"


class FormOfOtherKind(Broken):
    """A visit has a feedback form; an issue has a plan, a letter of responsibility, a report, a card."""

    code = "form-kind"
    zh = "该对象没有此种表单"
    en = "this subject has no such form"


class FormIsScan(Broken):
    """What is signed and sealed is scanned: a picture or a PDF."""

    code = "form-scan"
    zh = "签章扫描件须为图片或 PDF"
    en = "a signed and sealed form is a picture or a PDF"


INTAKE: dict[str, type[Broken]] = {
    rule.code: rule
    for rule in (
        FileTypeRefused, FileIsTwo, FileTooCostly, PictureBroken, PictureTooLarge, DocumentBroken, DocumentBomb,
        DocumentPath, DocumentMacro, DocumentExternal, DocumentEncrypted, DocumentEntity, PdfActive,
    )
}  # fmt: skip
