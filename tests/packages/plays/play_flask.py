from flask import Flask
from play import amount_of, play, ship, wsgi

from wxpaykit.flask import WxPayExtension

wxpay = WxPayExtension(amount_of=amount_of)
wxpay.notify("/wxpay/notify")(ship)


def serve(settings, port):
    app = Flask(__name__)
    app.config["WXPAY"] = settings
    wxpay.init_app(app)
    wsgi(app, port)


play(serve)
